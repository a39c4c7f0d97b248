/* Emcraft's SmartFusion2 kit, in QEMU: the start, a watchdog by SysTick, the case. */
#include "board.h"

#include "core.h"
#include "identity.h"

#define WATCHDOG_MS 10000u

/* Milliseconds since the watchdog was fed. */
static volatile uint32_t unfed;

const struct board_names board_names = {"arm", "cortex-m3", "emcraft-sf2"};

void chip_start(void) { identity_take_line(); }

/* QEMU's model of this chip has no watchdog. This one cannot end a hang with interrupts off. */
void board_tick(const void *at) {
  if (++unfed > WATCHDOG_MS) board_reset(RESET_CAUSE_WATCHDOG, at);
}
void board_watchdog_feed(void) { unfed = 0; }

/* The board has no switch at its case. */
bool board_is_open(void) { return false; }
