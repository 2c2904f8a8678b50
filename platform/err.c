/* Texts of the error codes. No system call, the same on every platform. */
#include "err.h"

const char *
err_text(int code)
{
	switch (code) {
	case 0: return "no error";
	case ERR_NOMEM: return "out of memory or open files";
	case ERR_NOENT: return "no such file or folder";
	case ERR_EXIST: return "is there already";
	case ERR_ACCES: return "permission denied";
	case ERR_BUSY: return "in use by another program";
	case ERR_NOSPC: return "no space left";
	case ERR_ROFS: return "the file system is read-only";
	case ERR_IO: return "input/output error";
	case ERR_NOTDIR: return "not a folder";
	case ERR_ISDIR: return "is a folder";
	case ERR_NOTEMPTY: return "the folder is not empty";
	case ERR_LINK: return "a link stands in the path";
	case ERR_NOTFILE: return "not a regular file";
	case ERR_NAME: return "name too long or not permitted";
	case ERR_XDEV: return "on another volume";
	case ERR_UNSUP: return "not supported here";
	case ERR_TIMEOUT: return "timed out";
	case ERR_STOP: return "stopped";
	case ERR_HOST: return "server not reachable";
	case ERR_AUTH: return "the server refused the logon";
	case ERR_FORMAT: return "bad format";
	case ERR_RANGE: return "number or size out of range";
	case ERR_DIGEST: return "content differs from its digest";
	case ERR_CHANGED: return "changed meanwhile";
	case ERR_UNTRUSTED: return "others than administrators may write it";
	case ERR_ARG: return "wrong argument";
	default: return "unknown error";
	}
}
