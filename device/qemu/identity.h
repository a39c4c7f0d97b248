/* What the emulator puts into a board's memory before the processor starts, where a real board has a random generator and a serial number in fuses. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include <stdint.h>

struct identity {
  uint8_t entropy[48];
  uint8_t serial[32];
  /* Bytes that were sent to the board before it started; they wait as if they had just been received: docs/PORTING.md, "Instructions". */
  uint32_t line_bytes;
  uint8_t line[4096];
};

/* Takes what is on the line; before interrupts are on. */
void identity_take_line(void);

#endif
