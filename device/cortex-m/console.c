/*
 * Writes each event of the firmware as a line of text, `event CODE VALUE`, to a second UART.
 * Never waits for that UART.
 */
#include "board.h"
#include "core.h"

/* A power of two, since the indices wrap around. */
#define WAITING_BYTES 256u
/* The longest line: `event `, a code of two digits, a space, a value of ten digits, a newline. */
#define LINE_BYTES 20u

static uint8_t waiting[WAITING_BYTES];
static uint32_t put, sent;

static void put_byte(uint8_t byte) { waiting[put++ % WAITING_BYTES] = byte; }

static void put_text(const char *text) {
  for (; *text != 0; text++) put_byte((uint8_t)*text);
}

static void put_number(uint32_t number) {
  if (number >= 10) put_number(number / 10);
  put_byte((uint8_t)('0' + number % 10));
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
  console_send();
}
