/* What a board owes the terminal's runtime. docs/PORTING.md says how to write one. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "hal.h"

/* Part of the NOR flash: `count` sectors from `start` on. */
struct nor_region {
  uint32_t start;
  uint32_t count;
};

struct nor_geometry {
  uint32_t sector_bytes;
  /* Programs begin and end on this many bytes. */
  uint32_t program_unit;
  /* The card table: at most 16 sectors. */
  struct nor_region table;
  /* Keys, registers and passwords: two sectors, of 2 KiB at least. */
  struct nor_region secrets;
};

/* Starts clocks, interrupts and devices. Arguments are those of a program, where the board is one. */
void board_start(int argc, char **argv);

/* Milliseconds since an arbitrary moment; may wrap around. */
uint32_t board_milliseconds(void);

/* The next byte that the UART received, -1 where there is none. */
int board_uart_read(void);
/* Takes bytes to send; answers how many. */
int board_uart_write(const uint8_t *bytes, int count);
/* Everything that was taken is on the line. */
bool board_uart_idle(void);
/* Sleeps until the UART takes bytes again, for a tenth of a second at most. */
void board_wait_for_room(void);

/*
 * Sleeps until a byte was received, or for `ms`; below zero: until a byte was received. May return early, and does so soon after the
 * case was opened.
 */
void board_sleep(int32_t ms);

extern const struct nor_geometry board_nor;
/* Addresses count from the start of the device. Each answers false where the device failed or took too long. */
bool board_nor_read(uint32_t address, uint8_t *into, uint32_t count);
/* Does no check of its own. True: the bytes are durable. */
bool board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count);
bool board_nor_erase(uint32_t address);

/* Real-time clock, milliseconds since 1970; false where it was never set. */
bool board_rtc_get(int64_t *ms);
void board_rtc_set(int64_t ms);

/* ASCII, at most 32 bytes; answers its length, 0 where there is none. */
int board_serial_number(uint8_t *into, int max);

/* 48 bytes that nobody can know, for the random generator; other ones at each start. False where there are none: the terminal does not start. */
bool board_entropy(uint8_t *into);

/* Somebody opened the case since this was asked last; a case that was opened for a moment counts. */
bool board_is_open(void);

/* An event of the firmware (docs/HAL.md), for whoever watches. Returns at once. */
void board_event(enum hal_event code, uint32_t value);

/* Nothing can go on: waits for the watchdog, or ends what is a process. */
__attribute__((noreturn)) void board_stuck(void);

/* The watchdog resets a terminal whose main loop did not feed it for ten seconds. */
void board_watchdog_feed(void);

/* Why the processor runs. */
enum hal_reset_cause board_reset_cause(void);
/* Where a failure came that the board was reset for, as an address of its build; 0 where that is not known. */
uint32_t board_failed_at(void);
/* `at`: the instruction, for a failure. */
__attribute__((noreturn)) void board_reset(enum hal_reset_cause cause, const void *at);

#endif
