/// What is no leak though it is never given back.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// fontconfig keeps what it has read until the process ends; OpenMP what it knows of its threads.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions();
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libomp";
}
#endif
#endif
