/*
 * The one list of error codes. Every function that can fail returns 0 or one
 * of these; results travel through out-parameters.
 */
#ifndef ERR_H
#define ERR_H

enum err {
	ERR_NOMEM = -1,	     /* out of memory, or of handles */
	ERR_NOENT = -2,	     /* no such file, folder or entry */
	ERR_EXIST = -3,	     /* it is there already */
	ERR_ACCES = -4,	     /* not permitted (also: immutable file) */
	ERR_BUSY = -5,	     /* in use by another program; locked */
	ERR_NOSPC = -6,	     /* no space, quota or inodes left */
	ERR_ROFS = -7,	     /* the file system is read-only */
	ERR_IO = -8,	     /* the device or the network failed */
	ERR_NOTDIR = -9,     /* a folder was expected */
	ERR_ISDIR = -10,     /* a file was expected */
	ERR_NOTEMPTY = -11,  /* the folder holds something */
	ERR_LINK = -12,	     /* a link stands in the path; not followed */
	ERR_NOTFILE = -13,   /* device, pipe or socket instead of a file */
	ERR_NAME = -14,	     /* the name is too long or not permitted */
	ERR_XDEV = -15,	     /* on another volume */
	ERR_UNSUP = -16,     /* the system or the volume cannot do that */
	ERR_TIMEOUT = -17,   /* a limit of time was reached */
	ERR_STOP = -18,	     /* the program was asked to stop */
	ERR_HOST = -19,	     /* server not reachable */
	ERR_AUTH = -20,	     /* server refused who we are */
	ERR_FORMAT = -21,    /* bad input: the text breaks its format */
	ERR_RANGE = -22,     /* a number or size beyond its limit */
	ERR_DIGEST = -23,    /* content differs from its digest */
	ERR_CHANGED = -24,   /* changed by somebody else meanwhile */
	ERR_UNTRUSTED = -25, /* others than administrators may write it */
	ERR_ARG = -26,	     /* wrong argument: an error of the caller */
};

/* A short text for a code, lower case, no final stop; never NULL. */
const char *err_text(int code);

#endif
