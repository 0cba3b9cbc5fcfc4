/* POLLRDHUP */
#define _GNU_SOURCE
#include "websocket.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "endpoint.h"
#include "jsrun/inspector.h"
#include "link.h"
#include "outbox.h"
#include "root.h"

enum {
    /* The size of a frame. libwebsockets sends this much without a copy. */
    FRAME_BYTES = 64 * 1024,
    /* How many frames are sent before other connections get their turn. */
    FRAMES_AT_ONCE = 16,
    /* How often to look whether a runtime has caught up with its client. */
    BACKLOG_MICROSECONDS = 5 * 1000,
    /* How long a client may take to read the rest of its messages when its runtime closes. */
    PARTING_MICROSECONDS = 1000 * 1000,
};

typedef enum phase {
    ATTACHED,
    /* Detached. The rest of the outbox is sent, then a close frame. */
    PARTING,
    /* Detached. libwebsockets closes the connection, or will soon. */
    CLOSING,
} phase;

struct inspector_websocket {
    inspector_connection *connection;
    jsrun_target_limits limits; /* copied: the target may go first */
    phase phase;

    /* One of these, while ATTACHED. */
    inspector_link *link;
    inspector_root *root;
    /* Messages to the client. */
    inspector_outbox *outbox;

    /* The message that is coming in. */
    char *message;
    size_t length;
    size_t capacity;
    /* Whether reading has stopped until the runtime has caught up. */
    bool held;

    lws_usec_t heard; /* when the client last sent something or read */
    bool ping_due;    /* to be sent when there is room */
    bool pinged;      /* since `heard` */
    lws_usec_t asked; /* when: it has until then plus answer_time() */
    bool choked;      /* there was no room to send */

    lws_usec_t deadline; /* of PARTING */
    enum lws_close_status close_status;
    const char *close_reason;
};

static lws_usec_t microseconds(uint32_t milliseconds) { return (lws_usec_t)milliseconds * 1000; }

/* How long a client that was sent a ping may take to show that it lives. */
static lws_usec_t answer_time(const jsrun_target_limits *limits) {
    uint32_t ping = limits->ping_milliseconds, silence = limits->silence_milliseconds;
    return microseconds(silence > ping ? silence - ping : 1);
}

static void set_timer(inspector_websocket *websocket) {
    lws_usec_t now = lws_now_usecs(), at;
    if (websocket->phase == CLOSING) return; /* libwebsockets sees to it */
    if (websocket->phase == PARTING)
        at = websocket->deadline;
    else if (websocket->held)
        at = now + BACKLOG_MICROSECONDS;
    else if (websocket->pinged)
        at = websocket->asked + answer_time(&websocket->limits);
    else
        at = websocket->heard + microseconds(websocket->limits.ping_milliseconds);
    lws_set_timer_usecs(websocket->connection->wsi, at > now ? at - now : 1);
}

static void want_to_write(inspector_websocket *websocket) {
    lws_callback_on_writable(websocket->connection->wsi);
}

void inspector_websocket_detach(inspector_websocket *websocket) {
    inspector_link_free(websocket->link);
    inspector_root_free(websocket->root);
    websocket->link = NULL;
    websocket->root = NULL;
    if (websocket->outbox) inspector_outbox_seal(websocket->outbox);
    websocket->phase = CLOSING;
    free(websocket->message);
    websocket->message = NULL;
    websocket->length = websocket->capacity = 0;
}

/* Detaches, and tells the client why: after the rest of the outbox if `rest`. */
static void part(inspector_websocket *websocket, enum lws_close_status status, const char *reason,
                 bool rest) {
    if (websocket->phase != ATTACHED) return;
    inspector_websocket_detach(websocket);
    if (!rest) {
        inspector_outbox_free(websocket->outbox);
        websocket->outbox = NULL;
    }
    websocket->phase = PARTING;
    websocket->close_status = status;
    websocket->close_reason = reason;
    websocket->deadline = lws_now_usecs() + PARTING_MICROSECONDS;
    if (websocket->held) {
        /* Messages are dropped from now on, but the answer to the close frame has to be read. */
        websocket->held = false;
        lws_rx_flow_control(websocket->connection->wsi, 1);
    }
    set_timer(websocket);
    want_to_write(websocket);
}

static void go_away(inspector_websocket *websocket, const char *why) {
    part(websocket, LWS_CLOSE_STATUS_GOINGAWAY, why, true);
}

void inspector_websocket_lose(inspector_websocket *websocket, const inspector_entry *entry) {
    if (websocket->link && websocket->link->entry == entry)
        go_away(websocket, "runtime closed");
    else if (websocket->root && !inspector_root_lose(websocket->root, entry))
        part(websocket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "no memory", false);
}

void inspector_websocket_find(inspector_websocket *websocket, inspector_entry *entry) {
    if (websocket->root && !inspector_root_find(websocket->root, entry))
        part(websocket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "no memory", false);
}

void inspector_websocket_orphan(inspector_websocket *websocket) {
    if (websocket->root) go_away(websocket, "all runtimes have closed");
}

bool inspector_websocket_has_to_send(const inspector_websocket *websocket) {
    return websocket->phase == PARTING;
}

static jsrun_status attach(inspector_websocket *websocket) {
    inspector_connection *connection = websocket->connection;
    const inspector_entry *entry = connection->entry;
    if (connection->wants_root && connection->endpoint)
        entry = TAILQ_FIRST(inspector_endpoint_entries(connection->endpoint));
    if (!entry) return JSRUN_CLOSED;
    websocket->limits = *entry->limits;
    websocket->outbox = inspector_outbox_new(websocket->limits.outbound_bytes);
    if (!websocket->outbox) return JSRUN_NO_MEMORY;
    if (connection->wants_root) {
        websocket->root = inspector_root_new(connection, websocket->outbox);
        return websocket->root ? JSRUN_OK : JSRUN_NO_MEMORY;
    }
    websocket->link =
        inspector_link_new(connection, websocket->outbox, connection->entry, INSPECTOR_WRAP_NONE);
    return websocket->link ? inspector_link_attach(websocket->link) : JSRUN_NO_MEMORY;
}

inspector_websocket *inspector_websocket_new(inspector_connection *connection) {
    inspector_websocket *websocket = calloc(1, sizeof(*websocket));
    if (!websocket) return NULL;
    websocket->connection = connection;
    websocket->phase = ATTACHED;
    websocket->heard = lws_now_usecs();
    jsrun_status status = attach(websocket);
    if (status != JSRUN_OK) {
        part(websocket,
             status == JSRUN_CLOSED ? LWS_CLOSE_STATUS_GOINGAWAY
                                    : LWS_CLOSE_STATUS_UNEXPECTED_CONDITION,
             jsrun_status_text(status), false);
    }
    set_timer(websocket);
    return websocket;
}

void inspector_websocket_free(inspector_websocket *websocket) {
    if (!websocket) return;
    inspector_websocket_detach(websocket);
    inspector_outbox_free(websocket->outbox);
    free(websocket);
}

/* Appends to the message that is coming in. `left`: how many bytes of this frame are still to
 * come. */
static bool append(inspector_websocket *websocket, const void *data, size_t length, size_t left) {
    if (length > websocket->capacity - websocket->length) {
        /* A frame says how long it is, but memory is only allocated for what has come, or a little
         * more. */
        size_t capacity = websocket->length + length;
        capacity += left < capacity ? left : capacity;
        if (capacity < 2 * websocket->capacity) capacity = 2 * websocket->capacity;
        char *message = realloc(websocket->message, capacity);
        if (!message) return false;
        websocket->message = message;
        websocket->capacity = capacity;
    }
    if (length > 0) memcpy(websocket->message + websocket->length, data, length);
    websocket->length += length;
    return true;
}

static bool backlog_exceeds(inspector_websocket *websocket, size_t limit) {
    if (websocket->link) return inspector_link_backlog(websocket->link) > limit;
    /* The root answers at once, so nothing is read from a client that does not read its answers. */
    return inspector_root_backlog(websocket->root) > limit ||
           inspector_outbox_is_filling(websocket->outbox);
}

static jsrun_status handle(inspector_websocket *websocket, const char *text, size_t length) {
    return websocket->link ? inspector_link_send(websocket->link, text, length)
                           : inspector_root_receive(websocket->root, text, length);
}

int inspector_websocket_receive(inspector_websocket *websocket, const void *data, size_t length) {
    struct lws *wsi = websocket->connection->wsi;
    inspector_websocket_heard(websocket);
    if (websocket->phase != ATTACHED) return 0;

    if (lws_frame_is_binary(wsi)) {
        part(websocket, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, "text messages only", false);
        return 0;
    }
    size_t left = lws_remaining_packet_payload(wsi);
    size_t room = websocket->limits.message_bytes - websocket->length;
    if (length > room || left > room - length) {
        part(websocket, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "message too large", false);
        return 0;
    }
    if (!append(websocket, data, length, left)) {
        part(websocket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "no memory", false);
        return 0;
    }
    if (!lws_is_final_fragment(wsi)) return 0;

    jsrun_status status =
        handle(websocket, websocket->message ? websocket->message : "", websocket->length);
    /* Most messages are small: a large buffer is not kept for them. */
    if (websocket->capacity > FRAME_BYTES) {
        free(websocket->message);
        websocket->message = NULL;
        websocket->capacity = 0;
    }
    websocket->length = 0;
    if (status == JSRUN_CLOSED)
        go_away(websocket, "runtime closed");
    else if (status != JSRUN_OK)
        part(websocket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, jsrun_status_text(status), false);
    else if (!websocket->held && backlog_exceeds(websocket, websocket->limits.inbound_bytes)) {
        websocket->held = true;
        lws_rx_flow_control(wsi, 0);
        set_timer(websocket);
    }
    return 0;
}

void inspector_websocket_heard(inspector_websocket *websocket) {
    websocket->heard = lws_now_usecs();
    websocket->ping_due = false;
    /* Otherwise the timer stays as it is: if it fires early, it is set again. */
    if (websocket->pinged) {
        websocket->pinged = false;
        set_timer(websocket);
    }
}

/* Sends the queued messages. False: the connection is broken. */
static bool send_messages(inspector_websocket *websocket) {
    struct lws *wsi = websocket->connection->wsi;
    inspector_chunk chunk;
    for (int i = 0; websocket->outbox; i++) {
        if (!inspector_outbox_peek(websocket->outbox, FRAME_BYTES, &chunk)) return true;
        websocket->choked = lws_send_pipe_choked(wsi);
        if (i == FRAMES_AT_ONCE || websocket->choked) {
            want_to_write(websocket);
            return true;
        }
        int flags = lws_write_ws_flags(LWS_WRITE_TEXT, chunk.first, chunk.last);
        if (lws_write(wsi, chunk.data, chunk.length, (enum lws_write_protocol)flags) <
            (int)chunk.length)
            return false;
        inspector_outbox_sent(websocket->outbox, &chunk);
    }
    return true;
}

static bool nothing_to_send(inspector_websocket *websocket) {
    inspector_chunk chunk;
    return !websocket->outbox || !inspector_outbox_peek(websocket->outbox, 1, &chunk);
}

int inspector_websocket_write(inspector_websocket *websocket) {
    struct lws *wsi = websocket->connection->wsi;
    if (websocket->phase == CLOSING) return 0;
    if (websocket->ping_due) {
        /* libwebsockets reports no empty pong. */
        unsigned char ping[LWS_PRE + 4] = {0};
        memcpy(ping + LWS_PRE, "ping", 4);
        websocket->ping_due = false;
        websocket->asked = lws_now_usecs();
        if (lws_write(wsi, ping + LWS_PRE, 4, LWS_WRITE_PING) < 0) return -1;
        want_to_write(websocket);
        return 0;
    }
    if (websocket->choked) {
        /* There is room again, so the client reads. Its pongs can be late. */
        websocket->choked = false;
        inspector_websocket_heard(websocket);
    }
    if (!send_messages(websocket)) return -1;
    if (websocket->phase == PARTING && nothing_to_send(websocket)) {
        if (lws_partial_buffered(wsi)) {
            /* libwebsockets would lose a close frame behind the part that it holds. */
            want_to_write(websocket);
            return 0;
        }
        websocket->phase = CLOSING;
        lws_set_timer_usecs(wsi, LWS_SET_TIMER_USEC_CANCEL);
        lws_close_reason(wsi, websocket->close_status,
                         (unsigned char *)(uintptr_t)websocket->close_reason,
                         strlen(websocket->close_reason));
        return -1;
    }
    return 0;
}

void inspector_websocket_look(inspector_websocket *websocket) {
    if (websocket->link && atomic_load(&websocket->link->ended))
        go_away(websocket, "runtime closed");
    else if (websocket->root && !inspector_root_look(websocket->root))
        part(websocket, LWS_CLOSE_STATUS_UNEXPECTED_CONDITION, "no memory", false);
    if (websocket->phase != CLOSING) want_to_write(websocket);
}

/* Whether the socket is in one of these states of poll(2) now. */
static bool socket_is(inspector_websocket *websocket, short events) {
    struct pollfd poll_for = {.fd = lws_get_socket_fd(websocket->connection->wsi),
                              .events = events};
    return poll(&poll_for, 1, 0) > 0;
}

/* Whether the client's time to answer a ping is over. Not when this thread itself was late, since
 * the process was stopped or the machine was busy: the answer may be there unread, the ping may
 * never have left. */
static bool is_given_up(inspector_websocket *websocket, lws_usec_t now) {
    if (!websocket->pinged || now - websocket->asked < answer_time(&websocket->limits))
        return false;
    return !socket_is(websocket, websocket->ping_due ? POLLIN | POLLOUT : POLLIN);
}

void inspector_websocket_tick(inspector_websocket *websocket) {
    lws_usec_t now = lws_now_usecs();
    if (websocket->phase == CLOSING) return;
    if (websocket->phase == PARTING) {
        if (now >= websocket->deadline)
            inspector_connection_kill(websocket->connection);
        else
            set_timer(websocket);
        return;
    }

    if (websocket->held) {
        /* That it has gone shows only here, while nothing is read. */
        if (socket_is(websocket, POLLRDHUP)) {
            inspector_websocket_detach(websocket);
            inspector_connection_kill(websocket->connection);
            return;
        }
        /* Its pongs are among the data that is not read. */
        inspector_websocket_heard(websocket);
        if (!backlog_exceeds(websocket, websocket->limits.inbound_bytes / 2)) {
            websocket->held = false;
            lws_rx_flow_control(websocket->connection->wsi, 1);
        }
    } else if (is_given_up(websocket, now)) {
        inspector_websocket_detach(websocket);
        inspector_connection_kill(websocket->connection);
        return;
    } else if (!websocket->pinged &&
               now - websocket->heard >= microseconds(websocket->limits.ping_milliseconds)) {
        websocket->pinged = websocket->ping_due = true;
        websocket->asked = now;
        want_to_write(websocket);
    }
    set_timer(websocket);
}
