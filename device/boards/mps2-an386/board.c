/*
 * MPS2 with AN386, in QEMU: the start, the watchdog, the case and the flash. The board has no
 * flash, so PSRAM stands for it: host/sim/board/machines.ts has QEMU keep the PSRAM in a file.
 */
#include "board.h"

#include <string.h>

#include "chip.h"

#define WATCHDOG 0x40008000u
#define WATCHDOG_LOAD REGISTER(WATCHDOG + 0x00)
#define WATCHDOG_CONTROL REGISTER(WATCHDOG + 0x08)
#define WATCHDOG_SECONDS 10u

#define FLASH ((uint8_t *)0x21000000u)
#define SECTOR_BYTES 4096u

const struct nor_geometry board_nor = {
    .sector_bytes = SECTOR_BYTES,
    .program_unit = 1,
    .table = {.start = 0, .count = 16},
    .secrets = {.start = 16, .count = 2},
    .policy = {.start = 18, .count = 2},
};

const struct board_names board_names = {"arm", "cortex-m4", "mps2-an386"};

void chip_start(void) {
  identity_take_line();
  board_watchdog_feed();
  WATCHDOG_CONTROL = 3; /* an NMI when it runs out, a reset when it runs out again */
}

void board_tick(const void *at) { (void)at; }
void board_watchdog_feed(void) { WATCHDOG_LOAD = WATCHDOG_SECONDS * CLOCK_HZ; }
bool board_is_open(void) { return false; }

bool board_nor_read(uint32_t address, uint8_t *into, uint32_t count) {
  memcpy(into, FLASH + address, count);
  return true;
}

bool board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) FLASH[address + i] &= bytes[i];
  return true;
}

bool board_nor_erase(uint32_t address) {
  memset(FLASH + address, 0xff, SECTOR_BYTES);
  return true;
}
