// ES modules: compiling, linking and evaluating one, and what V8 asks for meanwhile.

#include "v8/modules.h"

#include <string>

#include "v8/callback.h"
#include "v8/embedder.h"
#include "v8/guard.h"
#include "v8/outcome.h"
#include "v8/references.h"

using jsrun::ContextOf;
using jsrun::IsolateOf;
using jsrun::kSharedOrigin;
using jsrun::Outcome;
using jsrun::Unwrap;
using jsrun::Wrap;

struct engine_module {
    v8::Global<v8::Module> module;
    v8::Global<v8::Value> json; // the default export, if it has no other
    uint32_t number;
};

namespace {

v8::Local<v8::String> Literal(v8::Isolate *isolate, const char *text) {
    return v8::String::NewFromUtf8(isolate, text).ToLocalChecked();
}

// A property that no script sees.
v8::Local<v8::Private> Key(v8::Isolate *isolate, const char *name) {
    return v8::Private::ForApi(isolate, Literal(isolate, name));
}

constexpr char kChain[] = "jsrun.imported";
constexpr char kFailure[] = "jsrun.not_loaded";
constexpr char kOrigin[] = "jsrun.origin";

engine *EngineOf(v8::Isolate *isolate) { return static_cast<engine *>(isolate->GetData(0)); }

v8::Local<v8::Module> ModuleOf(const jsrun_entry *entry, const engine_module *module) {
    return module->module.Get(IsolateOf(entry));
}

// An identity hash is not unique.
engine_module *Find(engine *engine, v8::Local<v8::Module> module) {
    auto range = engine->modules.equal_range(module->GetIdentityHash());
    for (auto at = range.first; at != range.second; ++at)
        if (at->second->module == module) return at->second;
    return nullptr;
}

// --- import attributes --------------------------------------------------------------------------------

// `stride`: 3 in a module's requests, where a position follows key and value, else 2. False: V8 holds an
// exception, for an attribute that is not type: "json".
bool ReadAttributes(v8::Local<v8::Context> context, v8::Local<v8::FixedArray> attributes,
                    int stride, bool *json) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    *json = false;
    for (int i = 0; i + 1 < attributes->Length(); i += stride) {
#if V8_MAJOR_VERSION >= 15
        v8::Local<v8::String> key = attributes->Get(i).As<v8::String>();
        v8::Local<v8::String> value = attributes->Get(i + 1).As<v8::String>();
#else
        v8::Local<v8::String> key = attributes->Get(context, i).As<v8::String>();
        v8::Local<v8::String> value = attributes->Get(context, i + 1).As<v8::String>();
#endif
        if (key->StringEquals(Literal(isolate, "type")) &&
            value->StringEquals(Literal(isolate, "json"))) {
            *json = true;
            continue;
        }
        v8::String::Utf8Value key_text(isolate, key), value_text(isolate, value);
        std::string message = std::string("The import attribute ") + (*key_text ? *key_text : "?") +
                              ": \"" + (*value_text ? *value_text : "?") +
                              "\" is not supported, only type: \"json\" is";
        isolate->ThrowException(v8::Exception::TypeError(Literal(isolate, message.c_str())));
        return false;
    }
    (void)context;
    return true;
}

v8::Local<v8::FixedArray> AttributesOf(v8::Local<v8::ModuleRequest> request) {
#if V8_MAJOR_VERSION >= 13
    return request->GetImportAttributes();
#else
    return request->GetImportAssertions();
#endif
}

v8::Local<v8::ModuleRequest> Request(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
                                     int index) {
#if V8_MAJOR_VERSION >= 15
    (void)context;
    return module->GetModuleRequests()->Get(index).As<v8::ModuleRequest>();
#else
    return module->GetModuleRequests()->Get(context, index).As<v8::ModuleRequest>();
#endif
}

// --- what V8 asks for --------------------------------------------------------------------------------------

v8::MaybeLocal<v8::Module> Linked(v8::Isolate *isolate, v8::Local<v8::Module> referrer, int index) {
    engine *self = EngineOf(isolate);
    const engine_module *importer = Find(self, referrer);
    engine_module *found = nullptr;
    if (importer)
        jsrun::OutOfV8(self, [&] {
            found = runtime_module_request(self->runtime, importer->number,
                                           static_cast<uint32_t>(index));
        });
    if (found) return found->module.Get(isolate);
    isolate->ThrowException(
        v8::Exception::Error(Literal(isolate, "a module that is imported was not loaded")));
    return {};
}

#if V8_MAJOR_VERSION >= 15

v8::MaybeLocal<v8::Module> OnLink(v8::Local<v8::Context>, size_t index,
                                  v8::Local<v8::Module> referrer) {
    return Linked(v8::Isolate::GetCurrent(), referrer, static_cast<int>(index));
}

#else

bool SameAttributes(v8::Local<v8::Context> context, v8::Local<v8::FixedArray> left,
                    v8::Local<v8::FixedArray> right) {
    if (left->Length() != right->Length()) return false;
    for (int i = 0; i < left->Length(); i++)
        if (i % 3 != 2 && !left->Get(context, i)
                               .As<v8::String>()
                               ->StringEquals(right->Get(context, i).As<v8::String>()))
            return false;
    return true;
}

// This V8 tells what is imported, not which of the requests it is.
v8::MaybeLocal<v8::Module> OnLink(v8::Local<v8::Context> context, v8::Local<v8::String> specifier,
                                  v8::Local<v8::FixedArray> attributes,
                                  v8::Local<v8::Module> referrer) {
    int count = referrer->GetModuleRequests()->Length();
    int index = 0;
    for (; index < count; index++) {
        v8::Local<v8::ModuleRequest> request = Request(context, referrer, index);
        if (request->GetSpecifier()->StringEquals(specifier) &&
            SameAttributes(context, AttributesOf(request), attributes))
            break;
    }
    return Linked(v8::Isolate::GetCurrent(), referrer, index);
}

#endif

v8::MaybeLocal<v8::Promise> Rejected(v8::Local<v8::Context> context, v8::Local<v8::Value> reason) {
    v8::Local<v8::Promise::Resolver> resolver;
    if (!v8::Promise::Resolver::New(context).ToLocal(&resolver) ||
        resolver->Reject(context, reason).IsNothing())
        return {};
    return resolver->GetPromise();
}

v8::MaybeLocal<v8::Promise> OnImport(v8::Local<v8::Context> context, v8::Local<v8::Data>,
                                     v8::Local<v8::Value> resource_name,
                                     v8::Local<v8::String> specifier,
                                     v8::Local<v8::FixedArray> attributes) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    bool json;
    {
        v8::TryCatch caught(isolate);
        if (!ReadAttributes(context, attributes, 2, &json)) {
            v8::Local<v8::Value> reason = caught.Exception();
            caught.Reset();
            return Rejected(context, reason);
        }
    }
    bool named = resource_name->IsString() && resource_name.As<v8::String>()->Length();
    jsrun_value referrer = Wrap(named ? resource_name : v8::Undefined(isolate).As<v8::Value>());
    engine *self = EngineOf(isolate);
    jsrun_value promise = nullptr;
    jsrun::OutOfV8(
        self, [&] { promise = runtime_import(self->runtime, Wrap(specifier), referrer, json); });
    if (!promise && !isolate->IsExecutionTerminating()) isolate->ThrowError("stopped");
    if (!promise) return {};
    return Unwrap<v8::Promise>(promise);
}

void OnMeta(v8::Local<v8::Context> context, v8::Local<v8::Module> module,
            v8::Local<v8::Object> meta) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    engine *self = EngineOf(isolate);
    const engine_module *known = Find(self, module);
    jsrun_value url = nullptr;
    if (known)
        jsrun::OutOfV8(self, [&] { url = runtime_module_url(self->runtime, known->number); });
    if (url)
        meta->CreateDataProperty(context, Literal(isolate, "url"), Unwrap(url)).FromMaybe(false);
}

// --- JSON -------------------------------------------------------------------------------------------------

v8::MaybeLocal<v8::Value> ExportJson(v8::Local<v8::Context> context, v8::Local<v8::Module> module) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    const engine_module *self = Find(EngineOf(isolate), module);
    v8::Local<v8::Promise::Resolver> done;
    if (!self ||
        module
            ->SetSyntheticModuleExport(isolate, Literal(isolate, "default"),
                                       self->json.Get(isolate))
            .IsNothing() ||
        !v8::Promise::Resolver::New(context).ToLocal(&done) ||
        done->Resolve(context, v8::Undefined(isolate)).IsNothing())
        return {};
    return done->GetPromise().As<v8::Value>();
}

v8::MaybeLocal<v8::Module> CompileJson(v8::Local<v8::Context> context, v8::Local<v8::String> source,
                                       v8::Local<v8::String> url, v8::Local<v8::Value> *json) {
    v8::Isolate *isolate = v8::Isolate::GetCurrent();
    if (!v8::JSON::Parse(context, source).ToLocal(json)) return {};
    v8::Local<v8::String> names[] = {Literal(isolate, "default")};
#if V8_MAJOR_VERSION >= 13
    return v8::Module::CreateSyntheticModule(
        isolate, url, v8::MemorySpan<const v8::Local<v8::String>>(names, 1), ExportJson);
#else
    return v8::Module::CreateSyntheticModule(isolate, url, {names[0]}, ExportJson);
#endif
}

v8::MaybeLocal<v8::Module> CompileSource(v8::Isolate *isolate, v8::Local<v8::String> text,
                                         v8::Local<v8::String> url) {
#if V8_MAJOR_VERSION >= 13
    v8::ScriptOrigin origin(url, 0, 0, kSharedOrigin, -1, v8::Local<v8::Value>(), false, false,
                            true);
#else
    v8::ScriptOrigin origin(isolate, url, 0, 0, kSharedOrigin, -1, v8::Local<v8::Value>(), false,
                            false, true);
#endif
    v8::ScriptCompiler::Source source(text, origin);
    return v8::ScriptCompiler::CompileModule(isolate, &source);
}

} // namespace

void jsrun::EnableModules(v8::Isolate *isolate) {
    isolate->SetHostImportModuleDynamicallyCallback(OnImport);
    isolate->SetHostInitializeImportMetaObjectCallback(OnMeta);
}

// --- one module -------------------------------------------------------------------------------------------

engine_outcome engine_module_new(jsrun_entry *entry, jsrun_value source, jsrun_value url, bool json,
                                 uint32_t number, engine_module **result) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> value;
    v8::Local<v8::Module> module;
    v8::Local<v8::String> name = Unwrap<v8::String>(url);
    v8::Local<v8::String> text = Unwrap<v8::String>(source);
    v8::MaybeLocal<v8::Module> compiled = json ? CompileJson(ContextOf(entry), text, name, &value)
                                               : CompileSource(isolate, text, name);
    if (!compiled.ToLocal(&module)) return Outcome(entry, caught);
    auto self = std::make_unique<engine_module>();
    self->number = number;
    self->module.Reset(isolate, module);
    if (json) self->json.Reset(isolate, value);
    entry->engine->modules.emplace(module->GetIdentityHash(), self.get());
    *result = self.release();
    return ENGINE_OK;
}

void engine_module_free(engine_module *module) { delete module; }

uint32_t engine_module_request_count(jsrun_entry *entry, const engine_module *self) {
    JSRUN_GUARD(entry->engine, 0);
    v8::Local<v8::Module> module = ModuleOf(entry, self);
    if (!module->IsSourceTextModule()) return 0;
    return static_cast<uint32_t>(module->GetModuleRequests()->Length());
}

engine_outcome engine_module_request(jsrun_entry *entry, const engine_module *self, uint32_t index,
                                     jsrun_value *specifier, bool *json) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::Local<v8::ModuleRequest> request =
        Request(context, ModuleOf(entry, self), static_cast<int>(index));
    *specifier = Wrap(request->GetSpecifier());
    if (ReadAttributes(context, AttributesOf(request), 3, json)) return ENGINE_OK;
    return Outcome(entry, caught);
}

engine_module_state engine_module_state_of(jsrun_entry *entry, const engine_module *self) {
    if (entry->engine->dead) return MODULE_FAILED;
    switch (ModuleOf(entry, self)->GetStatus()) {
    case v8::Module::kUninstantiated:
    case v8::Module::kInstantiating:
        return MODULE_COMPILED;
    case v8::Module::kInstantiated:
        return MODULE_LINKED;
    case v8::Module::kEvaluating:
        return MODULE_EVALUATING;
    case v8::Module::kEvaluated:
        return MODULE_EVALUATED;
    case v8::Module::kErrored:
        break;
    }
    return MODULE_FAILED;
}

engine_outcome engine_module_link(jsrun_entry *entry, const engine_module *self) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    if (ModuleOf(entry, self)->InstantiateModule(ContextOf(entry), OnLink).FromMaybe(false))
        return ENGINE_OK;
    return Outcome(entry, caught);
}

engine_outcome engine_module_evaluate(jsrun_entry *entry, const engine_module *self,
                                      jsrun_value *promise) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::TryCatch caught(IsolateOf(entry));
    v8::Local<v8::Value> value;
    if (!ModuleOf(entry, self)->Evaluate(ContextOf(entry)).ToLocal(&value))
        return Outcome(entry, caught);
    *promise = Wrap(value);
    return ENGINE_OK;
}

jsrun_value engine_module_failure(jsrun_entry *entry, const engine_module *self) {
    v8::Local<v8::Module> module = ModuleOf(entry, self);
    return module->GetStatus() == v8::Module::kErrored ? Wrap(module->GetException()) : nullptr;
}

bool engine_module_failed_with(jsrun_entry *entry, const engine_module *self, jsrun_value error) {
    JSRUN_GUARD(entry->engine, false);
    v8::Local<v8::Module> module = ModuleOf(entry, self);
    return module->GetStatus() == v8::Module::kErrored &&
           module->GetException()->SameValue(Unwrap(error));
}

jsrun_value engine_module_namespace(jsrun_entry *entry, const engine_module *self) {
    JSRUN_GUARD(entry->engine, nullptr);
    return Wrap(ModuleOf(entry, self)->GetModuleNamespace());
}

// --- reactions --------------------------------------------------------------------------------------------

namespace {

template <engine_reaction reaction, bool rejected>
bool React(jsrun_runtime *runtime, jsrun_call_info *call) {
    runtime_react(runtime, reaction, call->function, rejected, call->arguments[0]);
    return true;
}

template <engine_reaction reaction>
bool Then(v8::Local<v8::Context> context, v8::Local<v8::Promise> promise,
          v8::Local<v8::Value> number) {
    v8::Local<v8::Function> fulfilled, failed;
    v8::Local<v8::Promise> derived;
    return jsrun::NewFunction(context, jsrun::Dispatch<React<reaction, false>>, number, 1)
               .ToLocal(&fulfilled) &&
           jsrun::NewFunction(context, jsrun::Dispatch<React<reaction, true>>, number, 1)
               .ToLocal(&failed) &&
           promise->Then(context, fulfilled, failed).ToLocal(&derived);
}

template <engine_reaction reaction> void AddReferences(jsrun::References *references) {
    references->Add(jsrun::Dispatch<React<reaction, false>>);
    references->Add(jsrun::Dispatch<React<reaction, true>>);
}

} // namespace

void jsrun::AddModuleReferences(References *references) {
    AddReferences<REACTION_READY>(references);
    AddReferences<REACTION_LOADED>(references);
    AddReferences<REACTION_EVALUATED>(references);
}

engine_outcome engine_promise_react(jsrun_entry *entry, jsrun_value promise,
                                    engine_reaction reaction, uint32_t number) {
    JSRUN_GUARD(entry->engine, ENGINE_TERMINATED);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch caught(isolate);
    v8::Local<v8::Value> data = v8::Integer::NewFromUnsigned(isolate, number);
    v8::Local<v8::Promise> target = Unwrap<v8::Promise>(promise);
    bool done = false;
    switch (reaction) {
    case REACTION_READY:
        done = Then<REACTION_READY>(context, target, data);
        break;
    case REACTION_LOADED:
        done = Then<REACTION_LOADED>(context, target, data);
        break;
    case REACTION_EVALUATED:
        done = Then<REACTION_EVALUATED>(context, target, data);
        break;
    }
    return done ? ENGINE_OK : Outcome(entry, caught);
}

jsrun_value engine_thrown_script(jsrun_entry *entry) {
    JSRUN_GUARD(entry->engine, nullptr);
    if (!entry->thrown_message) return nullptr;
    v8::Local<v8::Value> name = Unwrap<v8::Message>(entry->thrown_message)->GetScriptResourceName();
    return !name.IsEmpty() && name->IsString() ? Wrap(name) : nullptr;
}

jsrun_value engine_error_script(jsrun_entry *entry, jsrun_value error, uint32_t frame) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::StackTrace> trace = v8::Exception::GetStackTrace(Unwrap(error));
    if (trace.IsEmpty() || frame >= static_cast<uint32_t>(trace->GetFrameCount())) return nullptr;
    v8::Local<v8::String> name = trace->GetFrame(isolate, frame)->GetScriptName();
    return Wrap(name.IsEmpty() ? v8::String::Empty(isolate) : name);
}

// --- errors -------------------------------------------------------------------------------------------------

void engine_module_blame(jsrun_entry *entry, jsrun_value error, const char *chain, bool loading) {
    JSRUN_GUARD(entry->engine);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch ignored(isolate);
    if (!Unwrap(error)->IsObject()) return;
    v8::Local<v8::Object> object = Unwrap<v8::Object>(error);
    // The first account of it is that of the module that failed.
    if (object->HasPrivate(context, Key(isolate, kChain)).FromMaybe(true)) return;
    object->SetPrivate(context, Key(isolate, kChain), Literal(isolate, chain)).FromMaybe(false);
    if (loading)
        object->SetPrivate(context, Key(isolate, kFailure), v8::True(isolate)).FromMaybe(false);
}

jsrun_value engine_module_error(jsrun_entry *entry, const char *what, jsrun_value origin) {
    JSRUN_GUARD(entry->engine, nullptr);
    v8::Isolate *isolate = IsolateOf(entry);
    v8::Local<v8::Context> context = ContextOf(entry);
    v8::TryCatch ignored(isolate);
    std::string message = what;
    v8::Local<v8::String> reason;
    if (Unwrap(origin)->ToString(context).ToLocal(&reason)) {
        v8::String::Utf8Value text(isolate, reason);
        // "Error" alone says nothing that is not known.
        std::string told = *text ? *text : "";
        message += ": " + (told.rfind("Error: ", 0) == 0 ? told.substr(7) : told);
    }
    v8::Local<v8::Value> error = v8::Exception::Error(
        v8::String::NewFromUtf8(isolate, message.c_str()).FromMaybe(Literal(isolate, what)));
    error.As<v8::Object>()
        ->SetPrivate(context, Key(isolate, kOrigin), Unwrap(origin))
        .FromMaybe(false);
    return Wrap(error);
}

void jsrun::DescribeModuleError(v8::Isolate *isolate, v8::Local<v8::Context> context,
                                v8::Local<v8::Object> error, jsrun_exception *exception) {
    v8::Local<v8::Value> value;
    if (error->GetPrivate(context, Key(isolate, kChain)).ToLocal(&value) && value->IsString())
        exception->import_chain = Wrap(value);
    else
        return;
    exception->is_module_failure =
        error->HasPrivate(context, Key(isolate, kFailure)).FromMaybe(false);
    if (error->GetPrivate(context, Key(isolate, kOrigin)).ToLocal(&value) && !value->IsUndefined())
        exception->origin = Wrap(value);
}
