/* The watchdog: one thread of the process. */
#ifndef RUNTIME_LIFE_WATCHDOG_H
#define RUNTIME_LIFE_WATCHDOG_H

/* Its body, for process_start(). Never returns. */
void *watchdog(void *unused);

#endif
