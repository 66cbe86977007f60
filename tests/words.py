"""Answers and how both pages put them into words: the one table that both are tested with."""

from __future__ import annotations

# probability, base rate, how often, how often usually, how they compare, both as percentages
CHANCES = [
    (0.1069, 0.0932, "11 in 100", "9 in 100", "Slightly above what is usual.", "10.69%", "9.32%"),
    (0.0842, 0.0932, "8 in 100", "9 in 100", "Slightly below what is usual.", "8.42%", "9.32%"),
    (0.0966, 0.0932, "97 in 1,000", "93 in 1,000", "About what is usual.", "9.66%", "9.32%"),
    (0.0938, 0.0932, "938 in 10,000", "932 in 10,000", "About what is usual.", "9.38%", "9.32%"),
    (0.0932, 0.0932, "9 in 100", "9 in 100", "About what is usual.", "9.32%", "9.32%"),
    (0.09324, 0.09322, "9 in 100", "9 in 100", "About what is usual.", "9.32%", "9.32%"),
    (0.014, 0.016, "14 in 1,000", "16 in 1,000", "Slightly below what is usual.", "1.40%", "1.60%"),
    (0.0042, 0.0021, "4 in 1,000", "2 in 1,000", "Far above what is usual.", "0.420%", "0.210%"),
    (0.0003, 0.002, "3 in 10,000", "20 in 10,000", "Far below what is usual.", "0.0300%", "0.2000%"),
    (0.00001, 0.0932, "fewer than 1 in 10,000", "932 in 10,000", "Far below what is usual.", "0.00100%", "9.32000%"),
    (
        0.99998,
        0.6,
        "more than 9,999 in 10,000",
        "6,000 in 10,000",
        "Far above what is usual.",
        "99.99800%",
        "60.00000%",
    ),
    (0.996, 0.9, "996 in 1,000", "900 in 1,000", "Far above what is usual.", "99.600%", "90.000%"),
    (0.6, 0.5, "60 in 100", "50 in 100", "Above what is usual.", "60.0%", "50.0%"),
    (0.125, 0.5, "13 in 100", "50 in 100", "Far below what is usual.", "12.5%", "50.0%"),
    (0.0, 0.5, "0 in 100", "50 in 100", "Far below what is usual.", "0.0%", "50.0%"),
    (1.0, 0.25, "100 in 100", "25 in 100", "Far above what is usual.", "100.0%", "25.0%"),
]

# a value, the typical error, and the value with three figures of that error
NUMBERS = [
    (1234.5678, 321.0, "1,235"),
    (1_000_000.0, 12.3456, "1,000,000.0"),
    (-1.23456, 0.0456, "-1.2346"),
    (3.0, 1.0, "3.00"),
    (0.5, 0.0, "0.500000"),
    (1e-20, 1e-20, "0.000000000000"),
    (-0.001, 12.3, "0.0"),
]

# a share, the shares that decide on the digits, and the share as a percentage
SHARES = [
    (1e-9, [0.0842, 0.0932], "<0.01%"),
    (1 - 1e-9, [0.0842, 0.0932], ">99.99%"),
    (0.0, [0.0842, 0.0932], "0.00%"),
    (1.0, [0.5, 0.6], "100.0%"),
    (0.29999, [0.5], "30.0%"),
]
