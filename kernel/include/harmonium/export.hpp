#pragma once

/// Everything is compiled with hidden visibility; what is marked here is what the kernel's library offers.
#if defined(HARMONIUM_BUILDING_KERNEL)
#define HARMONIUM_API __attribute__((visibility("default")))
#else
#define HARMONIUM_API
#endif

/// On interfaces that plugins implement: type information must be one and the same on both sides of the boundary.
#define HARMONIUM_INTERFACE __attribute__((visibility("default")))
