#include "flash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "board.h"

#define SECTOR_BYTES 4096
#define SECTORS 20
/* Builds before HAL version 8 had no policy. */
#define FORMER_SECTORS 18

const struct nor_geometry board_nor = {
    .sector_bytes = SECTOR_BYTES,
    .program_unit = 1,
    .table = {.start = 0, .count = 16},
    .secrets = {.start = 16, .count = 2},
    .policy = {.start = 18, .count = 2},
};

static int flash;

__attribute__((noreturn)) static void fail(const char *path, const char *why) {
  fprintf(stderr, "%s: %s\n", path, why);
  exit(1);
}

void flash_open(const char *path) {
  flash = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (flash >= 0 && flock(flash, LOCK_EX | LOCK_NB) != 0) fail(path, "another process uses this file as its flash");
  off_t size = flash < 0 ? -1 : lseek(flash, 0, SEEK_END);
  if (size < 0) fail(path, strerror(errno));
  if (size == 0 || size == FORMER_SECTORS * SECTOR_BYTES) {
    for (uint32_t sector = (uint32_t)(size / SECTOR_BYTES); sector < SECTORS; sector++)
      if (!board_nor_erase(sector * SECTOR_BYTES)) fail(path, strerror(errno));
  } else if (size != SECTORS * SECTOR_BYTES) {
    fail(path, "is not a flash image of this board: those have 81920 bytes");
  }
}

void board_stuck(void) {
  fprintf(stderr, "The terminal cannot start: its flash failed, there is no entropy, or the firmware needs "
                  "another version of the HAL.\n");
  exit(1);
}

bool board_nor_read(uint32_t address, uint8_t *into, uint32_t count) {
  return pread(flash, into, count, address) == (ssize_t)count;
}

bool board_nor_program(uint32_t address, const uint8_t *bytes, uint32_t count) {
  uint8_t held[SECTOR_BYTES];
  if (count > sizeof held || !board_nor_read(address, held, count)) return false;
  for (uint32_t i = 0; i < count; i++) held[i] &= bytes[i];
  return pwrite(flash, held, count, address) == (ssize_t)count;
}

bool board_nor_erase(uint32_t address) {
  uint8_t erased[SECTOR_BYTES];
  memset(erased, 0xff, sizeof erased);
  return pwrite(flash, erased, sizeof erased, address) == (ssize_t)sizeof erased;
}
