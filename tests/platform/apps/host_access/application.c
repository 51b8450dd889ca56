/* The application that main.c calls. */
#include "firmware/apps/inference/inference.c"
#include "firmware/apps/inference/report.c"
#include "firmware/apps/inference/text.c"
