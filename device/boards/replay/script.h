/*
 * Reads a trace line by line (docs/TRACE.md). The "next line" is the one that the firmware has to
 * come to next; its first word is its kind.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the file. The next line is the first one, or the one at which the process before this one
 * called script_restart.
 */
void script_open(const char *path);
/* Runs the program again in this process, with new memory. It goes on at the next line. */
__attribute__((noreturn)) void script_restart(char **arguments);
/*
 * Prints how many lines were replayed, and ends the process with success. `is_complete`: the
 * trace has its last line, `off`.
 */
__attribute__((noreturn)) void script_end(bool is_complete);

/* Returns how many lines come before the next one. */
long script_line(void);
/* Returns true if the next line is the first of the trace. */
bool script_is_first(void);
/* Returns true if there is no next line. */
bool script_is_over(void);
/* Returns true if the next line is of this kind. */
bool script_has(const char *kind);
/*
 * Words of the next line; the kind is word 0. A number is decimal, 0 for any other word. Bytes
 * are hexadecimal; returns how many there are, and ends the process if there are more than `max`
 * or other characters. Text is all from the word to the end of the line; takes `max` characters
 * at most, and returns how many.
 */
int64_t script_number(int word);
size_t script_bytes(int word, uint8_t *into, size_t max);
size_t script_text(int word, char *into, size_t max);
/* Goes on to the line after the next one. */
void script_advance(void);

/* The next line must be this one: goes past it, or calls script_differs. */
void script_expect(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same; the line ends with a space and these bytes. */
void script_expect_bytes(const uint8_t *bytes, size_t count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends the process with an error: the next line is not valid in this place. */
__attribute__((noreturn)) void script_invalid(void);
/* Ends the process with an error: instead of the next line, this build did `done`. */
__attribute__((noreturn)) void script_differs(const char *done);

#endif
