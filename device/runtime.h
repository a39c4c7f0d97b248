/* What runs build/terminal.wasm on a board, after wasm2c made C of it. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stdint.h>

/* Return the first byte of the firmware's linear memory, and its size in bytes. */
uint8_t *memory_data(void);
uint32_t memory_bytes(void);
/* Converts a pointer of the firmware. Returns NULL if the bytes are not all in its memory. */
uint8_t *memory_at(uint32_t ptr, uint32_t count);

/* Requests a restart, after the current `poll`. It waits up to 1 s for the reply to be sent. */
void runtime_reset(void);

#endif
