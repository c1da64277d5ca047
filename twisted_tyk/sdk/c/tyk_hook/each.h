/* One macro for each of up to 64 arguments, with something between them. */
#ifndef TYK_HOOK_EACH_H
#define TYK_HOOK_EACH_H

#define TYK_CAT_(a, b) a##b
#define TYK_CAT(a, b) TYK_CAT_(a, b)

/* What can stand between. */
#define TYK_COMMA() ,
#define TYK_QUOTED_COMMA() ","

#define TYK_EACH(what, between, ...) TYK_CAT(TYK_EACH_, TYK_EACH_COUNT(__VA_ARGS__))(what,         \
    between, __VA_ARGS__)
#define TYK_EACH_COUNT(...) TYK_EACH_COUNT_(__VA_ARGS__, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,     \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,                    \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,                    \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,                    \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,                    \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,                    \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,                    \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST,                    \
    IS_FOR_64_AT_MOST, IS_FOR_64_AT_MOST, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52,      \
    51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29,    \
    28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5,     \
    4, 3, 2, 1, )
#define TYK_EACH_COUNT_(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16,     \
    a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34,      \
    a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52,      \
    a53, a54, a55, a56, a57, a58, a59, a60, a61, a62, a63, a64, a65, a66, a67, a68, a69, a70,      \
    a71, a72, a73, a74, a75, a76, a77, a78, a79, a80, a81, a82, a83, a84, a85, a86, a87, a88,      \
    a89, a90, a91, a92, a93, a94, a95, a96, count, ...) count
#define TYK_EACH_1(what, between, hook) what(hook)
#define TYK_EACH_2(what, between, hook, ...) what(hook) between() TYK_EACH_1(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_3(what, between, hook, ...) what(hook) between() TYK_EACH_2(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_4(what, between, hook, ...) what(hook) between() TYK_EACH_3(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_5(what, between, hook, ...) what(hook) between() TYK_EACH_4(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_6(what, between, hook, ...) what(hook) between() TYK_EACH_5(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_7(what, between, hook, ...) what(hook) between() TYK_EACH_6(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_8(what, between, hook, ...) what(hook) between() TYK_EACH_7(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_9(what, between, hook, ...) what(hook) between() TYK_EACH_8(what, between,        \
    __VA_ARGS__)
#define TYK_EACH_10(what, between, hook, ...) what(hook) between() TYK_EACH_9(what, between,       \
    __VA_ARGS__)
#define TYK_EACH_11(what, between, hook, ...) what(hook) between() TYK_EACH_10(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_12(what, between, hook, ...) what(hook) between() TYK_EACH_11(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_13(what, between, hook, ...) what(hook) between() TYK_EACH_12(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_14(what, between, hook, ...) what(hook) between() TYK_EACH_13(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_15(what, between, hook, ...) what(hook) between() TYK_EACH_14(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_16(what, between, hook, ...) what(hook) between() TYK_EACH_15(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_17(what, between, hook, ...) what(hook) between() TYK_EACH_16(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_18(what, between, hook, ...) what(hook) between() TYK_EACH_17(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_19(what, between, hook, ...) what(hook) between() TYK_EACH_18(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_20(what, between, hook, ...) what(hook) between() TYK_EACH_19(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_21(what, between, hook, ...) what(hook) between() TYK_EACH_20(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_22(what, between, hook, ...) what(hook) between() TYK_EACH_21(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_23(what, between, hook, ...) what(hook) between() TYK_EACH_22(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_24(what, between, hook, ...) what(hook) between() TYK_EACH_23(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_25(what, between, hook, ...) what(hook) between() TYK_EACH_24(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_26(what, between, hook, ...) what(hook) between() TYK_EACH_25(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_27(what, between, hook, ...) what(hook) between() TYK_EACH_26(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_28(what, between, hook, ...) what(hook) between() TYK_EACH_27(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_29(what, between, hook, ...) what(hook) between() TYK_EACH_28(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_30(what, between, hook, ...) what(hook) between() TYK_EACH_29(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_31(what, between, hook, ...) what(hook) between() TYK_EACH_30(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_32(what, between, hook, ...) what(hook) between() TYK_EACH_31(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_33(what, between, hook, ...) what(hook) between() TYK_EACH_32(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_34(what, between, hook, ...) what(hook) between() TYK_EACH_33(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_35(what, between, hook, ...) what(hook) between() TYK_EACH_34(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_36(what, between, hook, ...) what(hook) between() TYK_EACH_35(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_37(what, between, hook, ...) what(hook) between() TYK_EACH_36(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_38(what, between, hook, ...) what(hook) between() TYK_EACH_37(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_39(what, between, hook, ...) what(hook) between() TYK_EACH_38(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_40(what, between, hook, ...) what(hook) between() TYK_EACH_39(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_41(what, between, hook, ...) what(hook) between() TYK_EACH_40(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_42(what, between, hook, ...) what(hook) between() TYK_EACH_41(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_43(what, between, hook, ...) what(hook) between() TYK_EACH_42(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_44(what, between, hook, ...) what(hook) between() TYK_EACH_43(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_45(what, between, hook, ...) what(hook) between() TYK_EACH_44(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_46(what, between, hook, ...) what(hook) between() TYK_EACH_45(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_47(what, between, hook, ...) what(hook) between() TYK_EACH_46(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_48(what, between, hook, ...) what(hook) between() TYK_EACH_47(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_49(what, between, hook, ...) what(hook) between() TYK_EACH_48(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_50(what, between, hook, ...) what(hook) between() TYK_EACH_49(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_51(what, between, hook, ...) what(hook) between() TYK_EACH_50(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_52(what, between, hook, ...) what(hook) between() TYK_EACH_51(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_53(what, between, hook, ...) what(hook) between() TYK_EACH_52(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_54(what, between, hook, ...) what(hook) between() TYK_EACH_53(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_55(what, between, hook, ...) what(hook) between() TYK_EACH_54(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_56(what, between, hook, ...) what(hook) between() TYK_EACH_55(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_57(what, between, hook, ...) what(hook) between() TYK_EACH_56(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_58(what, between, hook, ...) what(hook) between() TYK_EACH_57(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_59(what, between, hook, ...) what(hook) between() TYK_EACH_58(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_60(what, between, hook, ...) what(hook) between() TYK_EACH_59(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_61(what, between, hook, ...) what(hook) between() TYK_EACH_60(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_62(what, between, hook, ...) what(hook) between() TYK_EACH_61(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_63(what, between, hook, ...) what(hook) between() TYK_EACH_62(what, between,      \
    __VA_ARGS__)
#define TYK_EACH_64(what, between, hook, ...) what(hook) between() TYK_EACH_63(what, between,      \
    __VA_ARGS__)

#endif
