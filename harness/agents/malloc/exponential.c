#include "exponential.h"

#include <stdint.h>
#include <string.h>

/* log(m 2^e) = e log 2 + 2 artanh((m - 1) / (m + 1)), with 1 <= m < 2. */
double exponential_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffff) | (1023ULL << 52);
    double mantissa;
    memcpy(&mantissa, &bits, sizeof mantissa);
    double part = (mantissa - 1) / (mantissa + 1), power = part, sum = 0;
    for (int i = 1; i < 23; i += 2, power *= part * part)
        sum += power / i;
    return exponent * 0.69314718055994530942 + 2 * sum;
}

/* exp(-x) = exp(-x / 1024)^1024. */
double exponential_of_minus(double x)
{
    if (x > 700)
        return 0;
    double small = -x / 1024, term = 1, sum = 1;
    for (int i = 1; i < 16; i++) {
        term *= small / i;
        sum += term;
    }
    for (int i = 0; i < 10; i++)
        sum *= sum;
    return sum;
}
