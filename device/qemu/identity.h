/*
 * What the emulator writes into a board's memory before the processor starts. A real board has a
 * random generator, and a serial number in fuses, instead.
 */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdint.h>

struct identity {
  uint8_t entropy[48];
  /* ASCII, with zeros behind it. */
  uint8_t serial[32];
  /* Half-width cells of the screen; 0×0 if there is none. */
  uint8_t columns, rows;
  /* The strap of a development terminal: 1 or 0. */
  uint8_t is_bench;
  uint8_t unused;
  /* Bytes for the UART to receive before the board starts: docs/PORTING.md, "Instructions". */
  uint32_t line_bytes;
  uint8_t line[4096];
};

/* Puts the bytes of `line` into the receive ring. Interrupts must be off. */
void identity_take_line(void);

#endif
