/* Emcraft's SmartFusion2 kit, as QEMU has it (emcraft-sf2). */
#include "board.h"

#include <string.h>

#include "chip.h"
#include "uart.h"

/*
 * What the emulator puts into memory before the processor starts, where a real board has a random generator and a serial
 * number in fuses: docs/PORTING.md, "emcraft-sf2".
 */
struct identity {
  uint8_t entropy[48];
  uint8_t serial[32];
  /* What is on the line already: docs/PORTING.md, "Instructions". */
  uint32_t line_bytes;
  uint8_t line[4096];
};
#define IDENTITY ((const struct identity *)0xa0000000u)

/* Of what is kept over a reset. */
#define KEPT 0x0b1d0c7au
static struct {
  uint32_t magic;
  enum reset_cause cause;
  bool has_time;
  int64_t time;
} kept __attribute__((section(".noinit")));

#define WATCHDOG_MS 10000u

static volatile uint32_t milliseconds;
static volatile uint32_t unfed;
static enum reset_cause cause;
/* Of the moment at which `milliseconds` was 0. */
static bool has_time;
static int64_t time_at_start;

void board_start(int argc, char **argv) {
  (void)argc;
  (void)argv;
  if (kept.magic == KEPT) {
    cause = kept.cause;
    has_time = kept.has_time;
    time_at_start = kept.time;
  } else {
    memset(&kept, 0, sizeof kept);
  }
  kept.magic = 0;
  SYSTICK_RELOAD = CLOCK_HZ / 1000 - 1;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 7; /* processor clock, interrupt, on */
  uart_start(IDENTITY->line, IDENTITY->line_bytes);
  interrupts_on();
}

void SysTick_Handler(void) {
  milliseconds++;
  if (++unfed > WATCHDOG_MS) board_reset(RESET_WATCHDOG);
}

uint32_t board_milliseconds(void) { return milliseconds; }
void board_watchdog_feed(void) { unfed = 0; }

void board_sleep(int32_t ms) {
  uint32_t since = milliseconds;
  /* With interrupts off, one that comes after the question still ends the wait. */
  interrupts_off();
  while (!uart_has_received() && (ms < 0 || milliseconds - since < (uint32_t)ms)) {
    wait_for_interrupt();
    interrupts_on();
    board_watchdog_feed();
    interrupts_off();
  }
  interrupts_on();
}

bool board_rtc_get(int64_t *ms) {
  *ms = time_at_start + milliseconds;
  return has_time;
}

void board_rtc_set(int64_t ms) {
  time_at_start = ms - milliseconds;
  has_time = true;
}

int board_serial_number(uint8_t *into, int max) {
  int count = 0;
  for (; count < max && count < (int)sizeof IDENTITY->serial && IDENTITY->serial[count] != 0; count++)
    into[count] = IDENTITY->serial[count];
  return count;
}

bool board_entropy(uint8_t *into) {
  memcpy(into, IDENTITY->entropy, sizeof IDENTITY->entropy);
  return true;
}

/* QEMU's has no switch at its case. */
bool board_is_open(void) { return false; }

enum reset_cause board_reset_cause(void) { return cause; }

void board_reset(enum reset_cause why) {
  interrupts_off();
  kept.cause = why;
  kept.has_time = has_time;
  kept.time = time_at_start + milliseconds;
  kept.magic = KEPT;
  AIRCR = 0x05fa0004; /* system reset */
  for (;;) continue;
}
