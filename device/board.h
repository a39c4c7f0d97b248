/* What a board gives the runtime. docs/PORTING.md says how to add a board. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

/* A part of the NOR flash: `count` sectors from sector number `start` on. */
struct nor_region {
  uint32_t start;
  uint32_t count;
};

struct nor_geometry {
  /* Size of every sector: a power of two, from 2 KiB (or the secrets do not fit) to 64 KiB. */
  uint32_t sector_bytes;
  /* Programs begin and end on a multiple of this: 1, 2, 4, 8 or 16 bytes. */
  uint32_t program_unit;
  /* The card table: 2 to 16 sectors. */
  struct nor_region table;
  /* Keys, registers and passwords: two sectors. */
  struct nor_region secrets;
  /* The bank's policy: two sectors. */
  struct nor_region policy;
};

/*
 * Starts clocks, interrupts and devices. The runtime calls it once, before any other function
 * here. The arguments are those of the process if the board is one.
 */
void board_start(int argc, char **argv);

/* Returns milliseconds since a fixed moment. Never runs backwards; may wrap around. */
uint32_t board_milliseconds(void);

/* Returns the next byte that the UART received, or -1 if there is none. Does not wait. */
int board_uart_read(void);
/* Takes bytes to send, without waiting. Returns how many it took: 0 to `count`. */
int board_uart_write(const uint8_t *bytes, int count);
/* Returns true if every byte that board_uart_write took is on the line. */
bool board_uart_idle(void);
/* Sleeps until the UART takes bytes again, or the panel has a byte, but for 100 ms at most. */
void board_wait_for_room(void);

/*
 * The panel is a serial line of its own, with a VT100 at it: docs/PORTING.md, "The panel". The
 * size of the screen is in half-width cells, 16×4 to 40×15. 0×0: there is no panel.
 */
struct panel_size {
  uint8_t columns, rows;
};
struct panel_size board_panel_size(void);
/* Returns the next byte that was typed at the panel, or -1 if there is none. Does not wait. */
int board_panel_read(void);
/* Takes bytes to show, without waiting. Returns how many it took: 0 to `count`. */
int board_panel_write(const uint8_t *bytes, int count);
/* Returns true on a development terminal whose strap is set, never on one with real cards. */
bool board_is_bench(void);

/*
 * Sleeps until the UART or the panel has a byte, or for `ms` milliseconds; without that limit if
 * `ms` is negative. May return early, and must return soon after the case was opened.
 */
void board_sleep(int32_t ms);

extern const struct nor_geometry board_nor;
/*
 * Addresses and counts are in bytes; addresses start at 0, the first byte of the flash. Each
 * function returns false if the flash failed, or took longer than its data sheet allows.
 */
bool board_nor_read(uint32_t address, uint8_t *into, uint32_t count);
/*
 * Clears bits, and never sets one. Returns true once the bytes are durable. Need not read them
 * back: imports.c does that for table and policy, secrets.c for each value that it sets.
 */
bool board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count);
/* Sets all bits of the sector that begins at `address`. Need not read it back. */
bool board_nor_erase(uint32_t address);

/* The real-time clock, in milliseconds since 1970-01-01 UTC. Returns false if it was never set. */
bool board_rtc_get(int64_t *ms);
void board_rtc_set(int64_t ms);

/*
 * Writes the serial number: ASCII, at most `max` bytes, and never more than SIZE_SERIAL_MAX.
 * Returns its length, or 0 if the terminal has none.
 */
int board_serial_number(uint8_t *into, int max);

/* What `info` shows of the board: printable ASCII, 1 to 32 characters each. */
struct board_names {
  /* As Zephyr names it: `arm`, `posix`. */
  const char *architecture;
  /* As gcc names it: `cortex-m3`. */
  const char *processor;
  const char *board;
};
extern const struct board_names board_names;

/*
 * Writes 48 secret random bytes, different ones at each start: the seed of the random generator.
 * Returns false if there are none; then the terminal does not start.
 */
bool board_entropy(uint8_t *into);

/* Returns true if the case was opened since the last call, even if it is closed again. */
bool board_is_open(void);

/*
 * Reports an event of the firmware (docs/HAL.md, "Events") to whoever watches. Never waits: if
 * there is no room for the event, drops it. board_reset itself reports EVENT_TRAP.
 */
void board_event(enum hal_event code, uint32_t value);

/* The terminal cannot run. Waits for the watchdog; a process ends with an error instead. */
__attribute__((noreturn)) void board_stuck(void);

/* Restarts the ten seconds after which the watchdog resets the terminal. */
void board_watchdog_feed(void);

/* Returns why the processor started last. */
enum hal_reset_cause board_reset_cause(void);
/*
 * Returns where the failure was that caused the last reset, as an address of the board's build; 0
 * if that is not known.
 */
uint32_t board_failed_at(void);
/*
 * Resets the processor. After the reset, board_reset_cause returns `cause`, and board_failed_at
 * returns `at`: the instruction that failed, NULL if there is none.
 */
__attribute__((noreturn)) void board_reset(enum hal_reset_cause cause, const void *at);

#endif
