/* Counts time by SysTick, and sleeps until an interrupt. */
#include "board.h"
#include "chip.h"
#include "core.h"

static volatile uint32_t milliseconds;
struct clock wall_clock;

void time_start(void) {
  SYSTICK_RELOAD = CLOCK_HZ / 1000 - 1;
  SYSTICK_VALUE = 0;
  SYSTICK_CONTROL = 7; /* processor clock, interrupt, on */
}

void time_tick(const struct exception_frame *frame);
void time_tick(const struct exception_frame *frame) {
  if (++milliseconds == 0) wall_clock.start += 1LL << 32;
  console_send();
  board_tick(frame->pc);
}

__attribute__((naked)) void SysTick_Handler(void) { __asm volatile("mrs r0, msp\n b time_tick"); }

uint32_t board_milliseconds(void) { return milliseconds; }

/* The longest sleep: the switch at the case may have no interrupt, so the main loop polls it. */
#define CASE_MS 100

static void sleep_until(bool (*done)(void), int32_t ms) {
  uint32_t since = milliseconds;
  /*
   * Interrupts are off from the check to the wait, so that none is handled in between and missed.
   * A pending one ends `wfi` even if interrupts are off (B1.5.19).
   */
  interrupts_off();
  while (!done() && milliseconds - since < (uint32_t)ms) {
    wait_for_interrupt();
    interrupts_on();
    board_watchdog_feed();
    interrupts_off();
  }
  interrupts_on();
}

static bool has_received(void) { return line_has_received() || console_has_received(); }
static bool has_room_or_key(void) { return line_has_room() || console_has_received(); }

void board_sleep(int32_t ms) { sleep_until(has_received, ms < 0 || ms > CASE_MS ? CASE_MS : ms); }
void board_wait_for_room(void) { sleep_until(has_room_or_key, CASE_MS); }

bool board_rtc_get(int64_t *ms) {
  uint32_t before = interrupts_were_off();
  interrupts_off();
  *ms = wall_clock.start + milliseconds;
  if (!before) interrupts_on();
  return wall_clock.is_set;
}

void board_rtc_set(int64_t ms) {
  interrupts_off();
  wall_clock = (struct clock){true, ms - milliseconds};
  interrupts_on();
}
