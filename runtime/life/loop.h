/* What the runtime thread does: posted jobs, timers, V8's tasks, debuggers' messages. */
#ifndef RUNTIME_LIFE_LOOP_H
#define RUNTIME_LIFE_LOOP_H

/* The body of the runtime thread; `runtime` is a jsrun_runtime *. */
void *runtime_loop(void *runtime);

#endif
