#ifndef UART_H
#define UART_H

#include <stdbool.h>
#include <stdint.h>

/* `line`: bytes that were sent to the board before it started; they wait as if they had just been received. */
void uart_start(const uint8_t *line, uint32_t count);
bool uart_has_received(void);

#endif
