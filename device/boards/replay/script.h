/* A trace that is gone through line by line: docs/TRACE.md has its lines. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the file. The line to come is the first one, or the one at which a process before this one had itself replaced. */
void script_open(const char *path);
/* Has this process replaced by a new one, which goes on at the line to come. */
__attribute__((noreturn)) void script_restart(char **arguments);
/* Ends the process, and says how far the trace was gone through. */
__attribute__((noreturn)) void script_end(bool is_complete);

/* Lines that were gone past. */
long script_line(void);
bool script_is_first(void);
bool script_is_over(void);
/* Whether the line to come is of a kind. */
bool script_has(const char *kind);
/* The numbers, bytes and text of the line to come; words count from the kind, which is 0. */
int64_t script_number(int word);
size_t script_bytes(int word, uint8_t *into, size_t max);
size_t script_text(int word, char *into, size_t max);
void script_pass(void);

/* Goes past the line to come, which is to be this one; where it is another, the process ends with an error. */
void script_expect(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, with bytes behind it. */
void script_expect_bytes(const uint8_t *bytes, size_t count, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Ends the process: the line to come is none that can stand there. */
__attribute__((noreturn)) void script_invalid(void);
/* Ends the process: `done` is what was done instead. */
__attribute__((noreturn)) void script_differs(const char *done);

#endif
