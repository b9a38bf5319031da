// A library, but no plugin.
extern "C" int harmonium_is_not_here() { return 0; }
