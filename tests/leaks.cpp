/// What is no leak though it is never given back.
#if defined(__SANITIZE_ADDRESS__)
// fontconfig keeps what it has read until the process ends.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions();
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:libfontconfig";
}
#endif
