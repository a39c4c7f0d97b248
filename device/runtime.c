#include "runtime.h"

#include <string.h>

#include "board.h"
#include "crypto.h"
#include "keypad.h"
#include "keys.h"
#include "panel.h"
#include "passwords.h"
#include "secrets.h"
#include "terminal.h"
#include "wasm.h"

#define LAST_BYTES_MS 1000

static uint8_t memory[MEMORY_BYTES] __attribute__((aligned(8)));
static Z_terminal_instance_t firmware;
static bool reset_requested;

uint8_t *memory_data(void) { return memory; }
uint32_t memory_bytes(void) { return MEMORY_BYTES; }
uint8_t *memory_at(uint32_t ptr, uint32_t count) {
  return count <= MEMORY_BYTES && ptr <= MEMORY_BYTES - count ? memory + ptr : NULL;
}
void runtime_reset(void) { reset_requested = true; }

void wasm_rt_allocate_memory(wasm_rt_memory_t *of, uint32_t initial_pages, uint32_t max_pages) {
  of->data = memory;
  of->pages = initial_pages;
  of->max_pages = max_pages;
  of->size = MEMORY_BYTES;
}
void wasm_rt_free_memory(wasm_rt_memory_t *of) { (void)of; }
bool wasm_rt_is_initialized(void) { return true; }
/* Would register types for the checks of indirect calls. The firmware has no indirect calls. */
uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  (void)params;
  (void)results;
  return 0;
}

void wasm_rt_trap(wasm_rt_trap_t trap) {
  (void)trap;
  /*
   * Inside the call instruction: this function never returns, so the return address may already
   * belong to the next function.
   */
  const uint8_t *at = (const uint8_t *)__builtin_return_address(0) - 2;
  board_reset(RESET_CAUSE_TRAP, at);
}

/* If a failure caused this start, records it on flash, so that it survives power cuts. */
static bool record_failure(void) {
  enum hal_reset_cause cause = board_reset_cause();
  if (cause != RESET_CAUSE_TRAP && cause != RESET_CAUSE_WATCHDOG) return true;
  struct failures now = {.count = secrets_failures().count + 1, .cause = cause, .at = board_failed_at()};
  return secrets_set(SECRET_FAILURES, (const uint8_t *)&now, sizeof now);
}

/*
 * Seeds the random generator. The seed has a count of starts, so that no two starts have the same
 * one, even if the entropy is bad.
 */
static bool start_random(void) {
  uint8_t entropy[48];
  const uint8_t *kept;
  uint32_t starts = 0;
  if (secrets_get(SECRET_STARTS, &kept) == sizeof starts) memcpy(&starts, kept, sizeof starts);
  starts++;
  bool started = secrets_set(SECRET_STARTS, (const uint8_t *)&starts, sizeof starts) && board_entropy(entropy) &&
                 crypto_start(entropy, starts);
  crypto_wipe(entropy, sizeof entropy);
  return started;
}

static void check_case(void) {
  if (!board_is_open()) return;
  /* What was typed was meant for another page. Both may have digits of a card. */
  panel_wipe();
  Z_terminalZ_tamper(&firmware);
  keypad_forget();
}

/* Waits until the reply is on the line. Not for ever: perhaps nobody reads it. */
static void restart(void) {
  uint32_t since = board_milliseconds();
  while (!board_uart_idle() && board_milliseconds() - since < LAST_BYTES_MS) board_sleep(1);
  /* A board without a latch forgets an opened case when it resets. */
  check_case();
  board_reset(RESET_CAUSE_ASKED, NULL);
}

/*
 * Calls the firmware's `poll` until it has nothing to do, and returns its last result. Restarts
 * the terminal instead if the firmware requested that.
 */
static int32_t poll(void) {
  int32_t wait;
  do {
    wait = (int32_t)Z_terminalZ_poll(&firmware, board_milliseconds());
    board_watchdog_feed();
  } while (wait == 0);
  if (reset_requested) restart();
  return wait;
}

/* Passes received bytes on, up to the end of a packet. Returns false if there were none. */
static bool take_bytes(void) {
  bool taken = false;
  for (int byte = board_uart_read(); byte >= 0; byte = board_uart_read()) {
    taken = true;
    if (Z_terminalZ_receive(&firmware, (u32)byte)) break;
  }
  return taken;
}

/* One key at a time: a poll takes one. Returns false if there was none. */
static bool take_key(void) {
  int key = keypad_key();
  if (key >= 0) Z_terminalZ_press(&firmware, (u32)key);
  return key >= 0;
}

/* Returns the shorter time; a negative one is none. */
static int32_t sooner(int32_t a, int32_t b) { return a < 0 || (b >= 0 && b < a) ? b : a; }

int main(int argc, char **argv) {
  board_start(argc, argv);
  /* The terminal cannot work without secrets and randomness. The watchdog makes it try again. */
  if (!secrets_start() || !record_failure() || !start_random()) board_stuck();
  keys_start();
  passwords_start();
  Z_terminal_init_module();
  Z_terminal_instantiate(&firmware, NULL);
  /* Firmware for another version of the HAL would call other imports than imports.c has. */
  if (Z_terminalZ_halVersion(&firmware) != SIZE_HAL_VERSION) board_stuck();
  panel_redraw();
  Z_terminalZ_boot(&firmware);
  for (;;) {
    int32_t wait = poll();
    panel_send();
    /* In each round, so that a busy line cannot delay it. */
    check_case();
    bool is_pressed = take_key();
    if (wait == POLL_RESULT_UART_FULL) {
      /* Take no byte meanwhile: requests wait in the UART and on the line. */
      if (!is_pressed) board_wait_for_room();
    } else if (!take_bytes() && !is_pressed) {
      board_sleep(sooner(wait, sooner(keypad_wait(), panel_wait())));
      check_case();
      take_bytes();
    }
  }
}
