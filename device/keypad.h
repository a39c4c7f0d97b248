/* Keys of the terminal, typed on whatever is at the panel's line. docs/PORTING.md, "The panel". */
#ifndef KEYPAD_H
#define KEYPAD_H

#include <stdint.h>

/* Returns the next key that was typed (enum hal_key), or -1. Does not wait. */
int keypad_key(void);
/* Returns in how many milliseconds Esc is a key if no byte follows; -1 if it was not typed. */
int32_t keypad_wait(void);
/* Forgets what was typed and not returned yet. */
void keypad_forget(void);

#endif
