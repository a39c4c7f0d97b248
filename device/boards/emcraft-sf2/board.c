/* Emcraft's SmartFusion2 kit. */
#include "board.h"

#include "core.h"
#include "identity.h"

#define WATCHDOG_MS 10000u

static volatile uint32_t unfed;

void chip_start(void) { identity_take_line(); }

/* QEMU's has no watchdog that could reset it. */
void board_tick(const void *at) {
  if (++unfed > WATCHDOG_MS) board_reset(RESET_CAUSE_WATCHDOG, at);
}
void board_watchdog_feed(void) { unfed = 0; }

/* Nor a switch at its case. */
bool board_is_open(void) { return false; }
