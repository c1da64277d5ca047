//! The macro that makes a library of functions.

/// Makes the exports of a plugin, and its manifest.
///
/// ```
/// # use tyk_plugin::{Record, Reply, Request, Response, ServiceError};
/// # fn begin(_config: &str) -> Result<(), String> { Ok(()) }
/// # fn end(_time: std::time::Duration) {}
/// # fn check(_: &mut Reply, _: &mut Request) -> Result<(), ServiceError> { Ok(()) }
/// # fn shout(_: &mut Reply, _: &mut Response, _: &mut Request) -> Result<(), String> { Ok(()) }
/// # fn count(_: &mut Record) -> Result<(), String> { Ok(()) }
/// tyk_plugin::export! {
///     name: "my-plugin",
///     version: "1.0.0",
///     init: begin,
///     shutdown: end,
///     request fn check(needs = [session, definition]);
///     response fn shout(mode = inline, needs = [body]);
///     analytics fn count();
/// }
/// # fn main() {}
/// ```
///
/// `init` is given the JSON object of the settings, once, and returns a
/// `Result`; `shutdown` is given the time it has to end threads. Both can be
/// left out. `mode` is `inline` (returns within microseconds and never waits),
/// `pool` or `process`; without it the gateway chooses. `needs` are `body`,
/// `session`, `definition`, `context` and `tls`.
#[macro_export]
macro_rules! export {
    (
        name: $name:expr,
        version: $version:expr,
        init: $init:path,
        shutdown: $shutdown:path,
        $($kind:ident fn $function:ident ( $($key:ident = $value:tt),* $(,)? );)+
    ) => {
        $crate::export!(@library $name, $version, $init, $shutdown,
            $($kind $function ($($key = $value),*))+);
    };
    (
        name: $name:expr,
        version: $version:expr,
        init: $init:path,
        $($kind:ident fn $function:ident ( $($key:ident = $value:tt),* $(,)? );)+
    ) => {
        $crate::export!(@library $name, $version, $init, $crate::internal::no_shutdown,
            $($kind $function ($($key = $value),*))+);
    };
    (
        name: $name:expr,
        version: $version:expr,
        shutdown: $shutdown:path,
        $($kind:ident fn $function:ident ( $($key:ident = $value:tt),* $(,)? );)+
    ) => {
        $crate::export!(@library $name, $version, $crate::internal::no_init, $shutdown,
            $($kind $function ($($key = $value),*))+);
    };
    (
        name: $name:expr,
        version: $version:expr,
        $($kind:ident fn $function:ident ( $($key:ident = $value:tt),* $(,)? );)+
    ) => {
        $crate::export!(@library $name, $version,
            $crate::internal::no_init, $crate::internal::no_shutdown,
            $($kind $function ($($key = $value),*))+);
    };

    (@library $name:expr, $version:expr, $init:path, $shutdown:path,
        $($kind:ident $function:ident ($($key:ident = $value:tt),*))+) => {
        const _: () = {
            const TEXTS: &[&str] = &[
                "{\"abi\":\"", $crate::internal::ABI,
                "\",\"language\":\"rust\",\"toolchain\":\"", $crate::internal::TOOLCHAIN,
                "\",\"sdk\":\"", $crate::internal::SDK,
                "\",\"name\":\"", $crate::internal::sound($name),
                "\",\"version\":\"", $crate::internal::sound($version),
                "\",\"functions\":[",
                $crate::export!(@objects $($kind $function ($($key = $value),*))+),
                "]}",
            ];

            #[used]
            #[link_section = ".tyk_manifest"]
            static MANIFEST: [u8; $crate::internal::length(TEXTS)] =
                $crate::internal::joined(TEXTS);

            static FUNCTIONS: &[$crate::internal::Function] =
                &[$(|given| given.$kind($function)),+];

            #[no_mangle]
            extern "C" fn tyk_plugin_abi() -> u32 {
                $crate::internal::VERSION
            }

            #[no_mangle]
            extern "C" fn tyk_plugin_describe() -> *const ::std::ffi::c_char {
                MANIFEST.as_ptr().cast()
            }

            #[no_mangle]
            unsafe extern "C" fn tyk_plugin_init(
                host: *const $crate::internal::Host,
                config: *const u8,
                size: u64,
            ) -> i32 {
                unsafe {
                    $crate::internal::init(host, config, size, $init)
                }
            }

            #[no_mangle]
            unsafe extern "C" fn tyk_plugin_call(
                function: u32,
                frame: *const u8,
                size: u64,
                outcome: *mut $crate::internal::Outcome,
            ) -> i32 {
                unsafe { $crate::internal::call(FUNCTIONS, function, frame, size, outcome) }
            }

            #[no_mangle]
            unsafe extern "C" fn tyk_plugin_control(
                control: u32,
                told: *const u8,
                size: u64,
            ) -> i32 {
                unsafe { $crate::internal::control(control, told, size) }
            }

            #[no_mangle]
            unsafe extern "C" fn tyk_plugin_free(data: *mut ::std::ffi::c_void) {
                unsafe { $crate::internal::release(data) }
            }

            #[no_mangle]
            extern "C" fn tyk_plugin_shutdown(milliseconds: u32) -> i32 {
                $crate::internal::shutdown(milliseconds, $shutdown)
            }
        };
    };

    (@objects $kind:ident $function:ident ($($key:ident = $value:tt),*)
        $($kinds:ident $functions:ident ($($keys:ident = $values:tt),*))*) => {
        ::std::concat!(
            $crate::export!(@object $kind $function ($($key = $value),*))
            $(, ",", $crate::export!(@object $kinds $functions ($($keys = $values),*)))*
        )
    };
    (@object $kind:ident $function:ident ($($key:ident = $value:tt),*)) => {
        ::std::concat!(
            "{\"name\":\"", ::std::stringify!($function),
            "\",\"kind\":\"", $crate::export!(@kind $kind), "\"",
            $($crate::export!(@$key $value),)*
            "}"
        )
    };
    (@kind request) => { "request" };
    (@kind response) => { "response" };
    (@kind analytics) => { "analytics" };
    (@mode inline) => { ",\"mode\":\"inline\"" };
    (@mode pool) => { ",\"mode\":\"pool\"" };
    (@mode process) => { ",\"mode\":\"process\"" };
    (@needs []) => { "" };
    (@needs [$need:ident $(, $needs:ident)* $(,)?]) => {
        ::std::concat!(
            ",\"needs\":[", $crate::export!(@need $need) $(, ",", $crate::export!(@need $needs))*, "]"
        )
    };
    (@need body) => { "\"body\"" };
    (@need session) => { "\"session\"" };
    (@need definition) => { "\"definition\"" };
    (@need context) => { "\"context\"" };
    (@need tls) => { "\"tls\"" };
}
