/* Resets, and the cause of the last one. It is kept in memory, which a reset does not clear. */
#include <string.h>

#include "board.h"
#include "core.h"

/* Tells `kept` from what memory holds after power-on. */
#define KEPT_MAGIC 0x0b1d0c7au
static struct {
  uint32_t magic;
  /* While the processor runs, RESET_CAUSE_WATCHDOG: only the watchdog bypasses board_reset. */
  enum hal_reset_cause cause;
  uint32_t at;
  struct clock clock;
} kept __attribute__((section(".noinit")));

static enum hal_reset_cause cause;
static uint32_t failed_at;

void reset_start(void) {
  if (kept.magic == KEPT_MAGIC) {
    cause = kept.cause;
    failed_at = kept.at;
    wall_clock = kept.clock;
  }
  memset(&kept, 0, sizeof kept);
  kept.magic = KEPT_MAGIC;
  kept.cause = RESET_CAUSE_WATCHDOG;
}

enum hal_reset_cause board_reset_cause(void) { return cause; }
uint32_t board_failed_at(void) { return failed_at; }

void board_stuck(void) {
  for (;;) continue;
}

void board_reset(enum hal_reset_cause why, const void *at) {
  int64_t now;
  interrupts_off();
  kept.cause = why;
  /* The lowest bit of a code address marks Thumb code; it is not part of the address. */
  kept.at = (uint32_t)at & ~1u;
  kept.clock.is_set = board_rtc_get(&now);
  kept.clock.start = now;
  if (why == RESET_CAUSE_TRAP) board_event(EVENT_TRAP, kept.at);
  console_finish();
  AIRCR = 0x05fa0004; /* system reset */
  for (;;) continue;
}
