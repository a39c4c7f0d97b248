/* What runs build/terminal.wasm, compiled to C, on a board. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stdint.h>

/* The firmware's linear memory. */
uint8_t *memory_data(void);
uint32_t memory_bytes(void);

/* The firmware asked for a restart, which comes when its answer is on the line. */
void runtime_reset(void);

#endif
