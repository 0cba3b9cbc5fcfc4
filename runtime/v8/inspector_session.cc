// The sessions of V8's inspector: one for each client.

#include <string>

#include "v8/embedder.h"
#include "v8/engine_inspector.h"
#include "v8/globals.h"
#include "v8/guard.h"
#include "v8/isolate_inspector.h"
#include "v8/inspector_scope.h"

using namespace jsrun;

namespace {

void AppendUtf8(uint32_t code, std::string &out) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

// A lone surrogate has no UTF-8: U+FFFD stands for it.
std::string Utf8(const v8_inspector::StringView &text) {
    std::string out;
    out.reserve(text.length() + text.length() / 8);
    for (size_t i = 0; i < text.length(); i++) {
        uint32_t code = text.is8Bit() ? text.characters8()[i] : text.characters16()[i];
        if (code >= 0xD800 && code < 0xE000) {
            uint32_t low = code < 0xDC00 && i + 1 < text.length() ? text.characters16()[i + 1] : 0;
            if (low >= 0xDC00 && low < 0xE000) {
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                i++;
            } else {
                code = 0xFFFD;
            }
        }
        AppendUtf8(code, out);
    }
    return out;
}

} // namespace

// One attached client: V8's session, and the channel by which it answers.
struct engine_session final : public v8_inspector::V8Inspector::Channel {
    struct engine *engine = nullptr;
    jsrun_session *client = nullptr;
    InspectorSession session;

    void sendResponse(int, std::unique_ptr<v8_inspector::StringBuffer> message) override {
        Send(*message);
    }
    void sendNotification(std::unique_ptr<v8_inspector::StringBuffer> message) override {
        Send(*message);
    }
    void flushProtocolNotifications() override {}

  private:
    void Send(const v8_inspector::StringBuffer &message) {
        std::string text = Utf8(message.string());
        runtime_session_message(client, text.data(), text.size());
    }
};

engine_session *engine_session_new(engine *engine, jsrun_session *client,
                                   const char *context_name) {
    JSRUN_GUARD(engine, nullptr);
    v8::HandleScope scope(engine->isolate);
    v8_inspector::V8Inspector &inspector = Inspector::Of(engine, context_name).v8();
    auto self = std::make_unique<engine_session>();
    self->engine = engine;
    self->client = client;
    self->session = Connect(inspector, Inspector::kContextGroup, self.get());
    InspectorScope::CountClient(engine, 1);
    return self.release();
}

void engine_session_free(engine_session *session) {
    InspectorScope::CountClient(session->engine, -1);
    // V8's half of a session of a dead isolate stays: its end needs a heap.
    JSRUN_GUARD(session->engine);
    delete session;
}

void engine_session_dispatch(engine_session *session, const uint16_t *message, size_t length) {
    JSRUN_GUARD(session->engine);
    InspectorScope inspecting(session->engine);
    CompleteGlobals(session->engine);
    session->session->dispatchProtocolMessage(v8_inspector::StringView(message, length));
    WatchMemoryAgain(session->engine);
}

void engine_session_break(engine_session *session, const char *reason, const char *details) {
    JSRUN_GUARD(session->engine);
    session->session->breakProgram(View(reason), View(details));
}

void engine_session_pause_on_next(engine_session *session, const char *reason) {
    JSRUN_GUARD(session->engine);
    // V8 thinks of a request that it was sent while idle as pending, and would not make it again.
    session->session->cancelPauseOnNextStatement();
    session->session->schedulePauseOnNextStatement(View(reason), View("{}"));
}
