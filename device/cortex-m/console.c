/*
 * Writes each event of the firmware as a line of text, `event CODE VALUE`, to a second UART. The
 * firmware never waits for that UART: SysTick sends what it takes.
 */
#include "board.h"
#include "core.h"

/* A power of two, since the indices wrap around. */
#define WAITING_BYTES 256u
/* The longest line: `event `, a code of two digits, a space, a value of ten digits, a newline. */
#define LINE_BYTES 20u

static uint8_t waiting[WAITING_BYTES];
static volatile uint32_t put, sent;

static void put_byte(uint8_t byte) {
  waiting[put % WAITING_BYTES] = byte;
  compiler_barrier();
  put++;
}

static void put_text(const char *text) {
  for (; *text != 0; text++) put_byte((uint8_t)*text);
}

/* No recursion: a fault is reported on a stack of a few hundred bytes. */
static void put_number(uint32_t number) {
  uint8_t digits[10];
  uint32_t count = 0;
  do digits[count++] = (uint8_t)('0' + number % 10);
  while ((number /= 10) != 0);
  while (count > 0) put_byte(digits[--count]);
}

void console_send(void) {
  while (sent != put && console_put(waiting[sent % WAITING_BYTES])) sent++;
}

void board_event(enum hal_event code, uint32_t value) {
  /* If there is no room for the whole line, drop it. */
  if (WAITING_BYTES - (put - sent) >= LINE_BYTES) {
    put_text("event ");
    put_number((uint32_t)code);
    put_byte(' ');
    put_number(value);
    put_byte('\n');
  }
}

/* A UART at 115,200 bit/s sends all that waits in far fewer looks at it than this. */
#define MOST_LOOKS 10000000u

void console_finish(void) {
  for (uint32_t looks = 0; sent != put && looks < MOST_LOOKS; looks++) console_send();
}
