/* The service thread: it runs libwebsockets. */
#ifndef INSPECTOR_SERVICE_THREAD_H
#define INSPECTOR_SERVICE_THREAD_H

/* The thread's function, for inspector_service_acquire(). */
void *inspector_serve(void *service);

#endif
