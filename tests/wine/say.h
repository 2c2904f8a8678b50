/* What both dumps of INI text print: bytes, one line for each thing said. */
#ifndef SAY_H
#define SAY_H

#include <stdio.h>

/* Prints bytes, and a '|' behind them; control bytes as \xNN. */
static inline void
say_bytes(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20)
			printf("\\x%02X", (unsigned char)*text);
		else
			putchar(*text);
	putchar('|');
}

static inline void
say_section(const char *section)
{
	putchar('[');
	say_bytes(section);
	puts("]");
}

static inline void
say_value(const char *section, const char *key, const char *value)
{
	say_bytes(section);
	say_bytes(key);
	say_bytes(value);
	putchar('\n');
}

#endif
