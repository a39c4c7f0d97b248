#include "runtime.h"

#include <string.h>

#include "board.h"
#include "crypto.h"
#include "keys.h"
#include "secrets.h"
#include "terminal.h"

/* The firmware uses no more (memoryEnd), so it gets no more of the page that it declares. */
#define MEMORY_BYTES 16384

#define LAST_BYTES_MS 1000

static uint8_t memory[MEMORY_BYTES] __attribute__((aligned(8)));
static Z_terminal_instance_t firmware;
static bool reset_asked;

uint8_t *memory_data(void) { return memory; }
uint32_t memory_bytes(void) { return MEMORY_BYTES; }
void runtime_reset(void) { reset_asked = true; }

void wasm_rt_allocate_memory(wasm_rt_memory_t *of, uint32_t initial_pages, uint32_t max_pages) {
  of->data = memory;
  of->pages = initial_pages;
  of->max_pages = max_pages;
  of->size = MEMORY_BYTES;
}
void wasm_rt_free_memory(wasm_rt_memory_t *of) { (void)of; }
bool wasm_rt_is_initialized(void) { return true; }
/* For indirect calls, of which the firmware has none. */
uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  (void)params;
  (void)results;
  return 0;
}

void wasm_rt_trap(wasm_rt_trap_t trap) {
  (void)trap;
  board_reset(RESET_TRAP);
}

/* A value that counts, where a power cut does not take it back. */
static bool count_up(enum secret id, uint32_t *value) {
  const uint8_t *kept;
  *value = 0;
  if (secrets_get(id, &kept) == sizeof *value) memcpy(value, kept, sizeof *value);
  ++*value;
  return secrets_set(id, (const uint8_t *)value, sizeof *value);
}

static bool count_failures(void) {
  uint32_t count;
  enum reset_cause cause = board_reset_cause();
  return (cause != RESET_TRAP && cause != RESET_WATCHDOG) || count_up(SECRET_FAILURES, &count);
}

/* One more start is counted, so that no two have the same randomness, whatever the entropy is worth. */
static bool start_random(void) {
  uint8_t entropy[48];
  uint32_t starts;
  bool started = count_up(SECRET_STARTS, &starts) && board_entropy(entropy) && crypto_start(entropy, starts);
  crypto_wipe(entropy, sizeof entropy);
  return started;
}

/* What was sent leaves first, as far as somebody takes it. */
static void restart(void) {
  uint32_t since = board_milliseconds();
  while (!board_uart_idle() && board_milliseconds() - since < LAST_BYTES_MS) board_sleep(1);
  board_reset(RESET_ASKED);
}

/* Lets the firmware work; answers for how long it has nothing to do. Where it asked for a restart, that comes instead. */
static int32_t poll(void) {
  int32_t wait;
  do {
    wait = (int32_t)Z_terminalZ_poll(&firmware, board_milliseconds());
    board_watchdog_feed();
  } while (wait == 0);
  if (reset_asked) restart();
  return wait;
}

static void ask_case(void) {
  if (board_is_open()) Z_terminalZ_tamper(&firmware);
}

int main(int argc, char **argv) {
  board_start(argc, argv);
  /* Without secrets and randomness there is no terminal. It tries again when the watchdog has it. */
  if (!secrets_start() || !count_failures() || !start_random()) board_stuck();
  keys_start();
  Z_terminal_init_module();
  Z_terminal_instantiate(&firmware, NULL);
  /* One that means other imports than these must not run. */
  if (Z_terminalZ_halVersion(&firmware) != HAL_VERSION) board_stuck();
  Z_terminalZ_boot(&firmware);
  for (;;) {
    board_sleep(poll());
    ask_case();
    for (int byte = board_uart_read(); byte >= 0; byte = board_uart_read()) {
      if (!Z_terminalZ_receive(&firmware, (u32)byte)) continue;
      poll();
      /* Whoever keeps the line busy does not keep it from being asked. */
      ask_case();
    }
  }
}
