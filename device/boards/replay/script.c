#include "script.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Environment variables that carry the place in the trace through script_restart. */
#define AT "OCTOBIND_AT"
#define LINES "OCTOBIND_LINES"

static char *trace;
/* The next line, the end of the trace, and how many lines come before `next`. */
static const char *next, *end;
static long lines;

/* The longest line is `flash` with both regions full: two digits for each of 73,728 bytes. */
static char line[256 * 1024];

__attribute__((noreturn)) static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(2);
}

void script_open(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) fail(path, strerror(errno));
  size_t size = (size_t)ftell(file);
  rewind(file);
  trace = malloc(size + 1);
  if (!trace || fread(trace, 1, size, file) != size) fail(path, "cannot be read");
  fclose(file);
  /* If the recorder was killed while it wrote a line, that last line does not count. */
  while (size > 0 && trace[size - 1] != '\n') size--;
  trace[size] = 0;
  end = trace + size;
  const char *at = getenv(AT), *gone = getenv(LINES);
  next = trace + (at ? atol(at) : 0);
  lines = gone ? atol(gone) : 0;
}

void script_restart(char **arguments) {
  char text[32];
  snprintf(text, sizeof text, "%td", next - trace);
  setenv(AT, text, 1);
  snprintf(text, sizeof text, "%ld", lines);
  setenv(LINES, text, 1);
  execv("/proc/self/exe", arguments);
  fail("restart", strerror(errno));
}

void script_end(bool is_complete) {
  printf("{\"lines\":%ld,\"complete\":%s}\n", lines, is_complete ? "true" : "false");
  free(trace);
  exit(0);
}

long script_line(void) { return lines; }
bool script_is_first(void) { return next == trace; }
bool script_is_over(void) { return next >= end; }

/* Returns a word of the next line; behind the last word, the end of the line. */
static const char *word(int index) {
  const char *at = next;
  for (; index > 0 && *at != 0 && *at != '\n'; index--) {
    at += strcspn(at, " \n");
    if (*at == ' ') at++;
  }
  return at;
}

bool script_has(const char *kind) {
  size_t length = strlen(kind);
  return next < end && strcspn(next, " \n") == length && memcmp(next, kind, length) == 0;
}

int64_t script_number(int index) { return strtoll(word(index), NULL, 10); }

static int digit(char of) { return of <= '9' ? of - '0' : of - 'a' + 10; }

size_t script_bytes(int index, uint8_t *into, size_t max) {
  const char *at = word(index);
  size_t digits = strcspn(at, " \n"), count = digits / 2;
  if (digits % 2 != 0 || strspn(at, "0123456789abcdef") < digits || count > max) script_invalid();
  for (size_t i = 0; i < count; i++) into[i] = (uint8_t)(digit(at[2 * i]) << 4 | digit(at[2 * i + 1]));
  return count;
}

size_t script_text(int index, char *into, size_t max) {
  const char *at = word(index);
  size_t count = strcspn(at, "\n");
  if (count > max) count = max;
  memcpy(into, at, count);
  return count;
}

void script_advance(void) {
  next += strcspn(next, "\n") + 1;
  lines++;
}

void script_invalid(void) {
  fprintf(stderr, "line %ld of the trace is not valid in this place\n", lines + 1);
  exit(2);
}

void script_differs(const char *done) {
  /* Prints kinds and places only: lines hold keys and card numbers. */
  fprintf(stderr, "line %ld of the trace has %.*s, but this build did %.*s", lines + 1, (int)strcspn(next, " \n"), next,
          (int)strcspn(done, " "), done);
  size_t at = 0;
  while (next + at < end && next[at] == done[at]) at++;
  if (at > strcspn(done, " ")) fprintf(stderr, "; the lines differ from character %zu on", at + 1);
  fprintf(stderr, "\n");
  exit(1);
}

static void expect_line(void) {
  if (next >= end) script_end(false);
  size_t length = strlen(line);
  if (strcspn(next, "\n") != length || memcmp(next, line, length) != 0) script_differs(line);
  script_advance();
}

void script_expect(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(line, sizeof line, format, values);
  va_end(values);
  expect_line();
}

void script_expect_bytes(const uint8_t *bytes, size_t count, const char *format, ...) {
  va_list values;
  va_start(values, format);
  size_t at = (size_t)vsnprintf(line, sizeof line, format, values);
  va_end(values);
  line[at++] = ' ';
  for (size_t i = 0; i < count; i++) at += (size_t)snprintf(line + at, 3, "%02x", bytes[i]);
  line[at] = 0;
  expect_line();
}
