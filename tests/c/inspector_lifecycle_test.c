/* Targets that come and go: nothing is left behind, and nothing gets in each other's way. */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "inspector_client.h"

enum { ROUNDS = 200, STRESS_ROUNDS = 25, STRESS_RUNTIMES = 3, STRESS_CLIENTS = 4 };

static size_t entries_of(const char *folder) {
    size_t count = 0;
    DIR *directory = opendir(folder);
    assert(directory);
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

/* A thread that has been joined is listed a moment longer. */
static bool threads_fall_to(size_t threads) {
    for (int looks = 0; looks < 2000; looks++) {
        if (entries_of("/proc/self/task") <= threads) return true;
        usleep(1000);
    }
    return false;
}

static void test_nothing_is_left(jsrun_runtime *runtime) {
    /* Once before counting: some things are made once. */
    jsrun_target_free(test_target(runtime, 0));
    size_t descriptors = entries_of("/proc/self/fd"), threads = entries_of("/proc/self/task");
    for (int round = 0; round < ROUNDS; round++) {
        jsrun_target *target = test_target(runtime, 0);
        if (round % 2) {
            char *answer = http_get(port_of(target), "/json/version");
            free(answer);
        }
        jsrun_target_free(target);
        assert(entries_of("/proc/self/fd") == descriptors);
        assert(threads_fall_to(threads));
    }
    /* With a client; the first one may start the runtime's thread. */
    for (int round = 0; round < ROUNDS / 4; round++) {
        jsrun_target *target = test_target(runtime, 0);
        int fd = ws_open(target);
        ws_round_trip(fd, 1);
        if (round % 2) close(fd);
        jsrun_target_free(target);
        if (round % 2 == 0) close(fd);
        assert(entries_of("/proc/self/fd") == descriptors);
        assert(threads_fall_to(threads + 1));
    }
}

static void ignore(int signal) { (void)signal; }

static void test_signals_are_the_hosts(jsrun_runtime *runtime) {
    struct sigaction mine = {.sa_handler = ignore}, found;
    sigaction(SIGPIPE, &mine, NULL);
    jsrun_target *target = test_target(runtime, 0);
    sigaction(SIGPIPE, NULL, &found);
    assert(found.sa_handler == ignore);
    sigaction(SIGINT, NULL, &found);
    assert(found.sa_handler == SIG_DFL);

    /* With the default action a write to a socket whose reader has gone would end the process. */
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 20; i++) {
        int fd = ws_open(target);
        struct linger at_once = {.l_onoff = 1};
        for (int j = 0; j < 20; j++) ws_evaluate(fd, j, "'x'.repeat(10000)");
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        close(fd);
    }
    char *answer = http_get(port_of(target), "/json");
    free(answer);
    jsrun_target_free(target);
}

static void test_fork(jsrun_runtime *runtime) {
    jsrun_target *target = test_target(runtime, 0);
    uint16_t port = port_of(target);
    int fd = ws_open(target);
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        char error[200];
        jsrun_target *another;
        alarm(10);
        if (jsrun_target_open(runtime, &(jsrun_target_options){0}, &another, error, sizeof(error)))
            _exit(1);
        if (!strstr(error, "forked")) _exit(2);
        jsrun_target_close(target);
        jsrun_target_free(target);
        /* The parent's sockets are still here when it closes them. */
        milliseconds_pass(1500);
        _exit(0);
    }
    milliseconds_pass(200);
    ws_round_trip(fd, 1);
    jsrun_target_close(target);
    assert(ws_read_close(fd) == 1001);
    close(fd);
    assert(try_connect(port) == -1);
    jsrun_target_free(target);
    target = test_target(runtime, port);
    jsrun_target_free(target);
    int status;
    waitpid(child, &status, 0);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void *close_target(void *target) {
    jsrun_target_close(target);
    return NULL;
}

static void *close_runtime(void *runtime) {
    jsrun_runtime_close(runtime);
    return NULL;
}

static void test_closing_at_once(void) {
    for (int round = 0; round < 20; round++) {
        jsrun_runtime *runtime = test_runtime();
        jsrun_target *target = test_target(runtime, 0);
        int fd = ws_open(target);
        pthread_t threads[3];
        pthread_create(&threads[0], NULL, close_target, target);
        pthread_create(&threads[1], NULL, close_runtime, runtime);
        pthread_create(&threads[2], NULL, close_target, target);
        assert(ws_read_close(fd) == 1001);
        for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
        close(fd);
        jsrun_target_free(target);
        test_runtime_end(runtime);
    }
}

/* --- stress ----------------------------------------------------------------------------------- */

static atomic_int stress_port;
static atomic_bool stress_over;

/* Connects somehow, says something, and leaves somehow. */
static void *stress_client(void *data) {
    unsigned seed = *(unsigned *)data;
    while (!stress_over) {
        int fd = try_connect((uint16_t)stress_port);
        if (fd == -1) {
            milliseconds_pass(1);
            continue;
        }
        static const char list[] = "GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try_send(fd, list, rand_r(&seed) % sizeof(list));
        if (rand_r(&seed) % 4 == 0) {
            close(fd);
            continue;
        }
        close(fd);
        fd = try_connect((uint16_t)stress_port);
        if (fd == -1) continue;
        char *answer = NULL;
        if (try_send(fd, list, sizeof(list) - 1)) answer = read_answer(fd, true);
        close(fd);
        const char *path = answer ? strstr(answer, "/ws/") : NULL;
        fd = path ? try_connect((uint16_t)stress_port) : -1;
        if (fd != -1) {
            char target[64];
            snprintf(target, sizeof(target), "%.40s", path);
            if (ws_handshake(fd, target, "Host: localhost\r\n") == 101) {
                for (int count = rand_r(&seed) % 10; count > 0; count--)
                    ws_evaluate(fd, count, "'x'.repeat(10000)");
                if (rand_r(&seed) % 2) {
                    ws_message message = ws_read_any(fd, true);
                    free(message.data);
                }
                if (rand_r(&seed) % 2) ws_send_frame(fd, FINAL | CLOSE, "", 0);
            }
            close(fd);
        }
        free(answer);
    }
    return NULL;
}

static void *stress_targets(void *data) {
    jsrun_runtime *runtime = data;
    for (int round = 0; round < STRESS_ROUNDS; round++) {
        jsrun_target *target = NULL;
        char error[256];
        jsrun_target_options options = {.port = (uint16_t)stress_port};
        bool opened = jsrun_target_open(runtime, &options, &target, error, sizeof(error));
        assert(opened);
        milliseconds_pass(round % 7);
        jsrun_target_free(target);
    }
    return NULL;
}

static void test_stress(void) {
    jsrun_runtime *runtimes[STRESS_RUNTIMES];
    pthread_t openers[STRESS_RUNTIMES], clients[STRESS_CLIENTS];
    unsigned seeds[STRESS_CLIENTS];

    /* A port that is free now; the targets take it again and again. */
    for (int i = 0; i < STRESS_RUNTIMES; i++) runtimes[i] = test_runtime();
    jsrun_target *target = test_target(runtimes[0], 0);
    stress_port = port_of(target);
    jsrun_target_free(target);

    for (int i = 0; i < STRESS_CLIENTS; i++) {
        seeds[i] = (unsigned)i + 1;
        pthread_create(&clients[i], NULL, stress_client, &seeds[i]);
    }
    for (int i = 0; i < STRESS_RUNTIMES; i++)
        pthread_create(&openers[i], NULL, stress_targets, runtimes[i]);
    for (int i = 0; i < STRESS_RUNTIMES; i++) pthread_join(openers[i], NULL);
    stress_over = true;
    for (int i = 0; i < STRESS_CLIENTS; i++) pthread_join(clients[i], NULL);
    for (int i = 0; i < STRESS_RUNTIMES; i++) test_runtime_end(runtimes[i]);
}

int main(void) {
    jsrun_runtime *runtime = test_runtime();
    test_nothing_is_left(runtime);
    test_signals_are_the_hosts(runtime);
    test_fork(runtime);
    test_closing_at_once();
    test_stress();
    test_runtime_end(runtime);
    return 0;
}
