/*
 * A second UART, at which a VT100 is the panel. It also takes the firmware's events, as
 * application program commands (ECMA-48, 8.3.2), which a VT100 does not show: `ESC _ event CODE
 * VALUE ESC \`. The firmware never waits for that UART: SysTick sends what it takes.
 */
#include "board.h"
#include "core.h"

/* Powers of two, since the indices wrap around. The panel takes no more than half of the first. */
#define WAITING_BYTES 512u
#define RECEIVED_BYTES 32u
/* The longest event: four bytes around `event `, a code of two digits, a space, ten digits. */
#define EVENT_BYTES 23u

static uint8_t waiting[WAITING_BYTES];
static volatile uint32_t put, sent;
static uint8_t typed[RECEIVED_BYTES];
static volatile uint32_t typed_in, typed_out;

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
  for (; sent != put && console_put(waiting[sent % WAITING_BYTES]); sent++) {
    /* Wiped, since the screen may show a number that somebody types. */
    waiting[sent % WAITING_BYTES] = 0;
  }
}

void board_event(enum hal_event code, uint32_t value) {
  /* If there is no room for the whole event, drop it. */
  if (WAITING_BYTES - (put - sent) >= EVENT_BYTES) {
    put_text("\33_event ");
    put_number((uint32_t)code);
    put_byte(' ');
    put_number(value);
    put_text("\33\\");
  }
}

int board_panel_write(const uint8_t *bytes, int count) {
  int taken = 0;
  while (taken < count && put - sent < WAITING_BYTES / 2) put_byte(bytes[taken++]);
  return taken;
}

/* Keys that come faster than anybody types are lost. */
void Console_Handler(void) {
  uint8_t byte;
  while (console_get(&byte)) {
    if (typed_in - typed_out == RECEIVED_BYTES) continue;
    typed[typed_in % RECEIVED_BYTES] = byte;
    compiler_barrier();
    typed_in++;
  }
}

bool console_has_received(void) { return typed_in != typed_out; }

int board_panel_read(void) {
  if (!console_has_received()) return -1;
  uint8_t byte = typed[typed_out % RECEIVED_BYTES];
  /* Wiped, since it may be a digit of a password. */
  typed[typed_out % RECEIVED_BYTES] = 0;
  compiler_barrier();
  typed_out++;
  return byte;
}

/* A UART at 115,200 bit/s sends all that waits in far fewer looks at it than this. */
#define MOST_LOOKS 10000000u

void console_finish(void) {
  for (uint32_t looks = 0; sent != put && looks < MOST_LOOKS; looks++) console_send();
}
