// Package wire reads frames and writes changes: the layout is that of
// tyk_plugin.h, whose comments say what the numbers mean.
package wire

// Versions of the interface that this module speaks.
const (
	Major = 1
	Minor = 0
)

// enum tyk_status
const (
	OK        = 0
	EArgument = -1
	EVersion  = -2
	EPanic    = -3
	EInit     = -4
	EFunction = -5
	EMissing  = -6
	EExists   = -7
	ERefused  = -8
	EFailed   = -9
	EMemory   = -10
)

const (
	frameMagic   = 0x31525954
	changesMagic = 0x31435954
)

// enum tyk_flag
const (
	FlagSecure  = 1
	FlagSession = 2
	FlagRecord  = 4
)

// enum tyk_slice
const (
	Method     = 0
	Target     = 1
	Host       = 2
	Peer       = 3
	Body       = 4
	Token      = 5
	Session    = 6
	API        = 7
	Definition = 8
	Context    = 9
	Rewrite    = 10
	TLS        = 11
	Record     = 12
	Slices     = 13
)

// enum tyk_change_kind
const (
	HeaderSet            = 1
	HeaderAdd            = 2
	HeaderDelete         = 3
	SetMethod            = 4
	SetTarget            = 5
	SetHost              = 6
	SetBody              = 7
	SetRewrite           = 8
	ReplyStatus          = 16
	ReplyWrite           = 17
	ReplyHeaderSet       = 18
	ReplyHeaderAdd       = 19
	ReplyHeaderDelete    = 20
	ResponseStatus       = 32
	ResponseHeaderSet    = 33
	ResponseHeaderAdd    = 34
	ResponseHeaderDelete = 35
	ResponseBody         = 36
	SetSession           = 48
	SetDefinition        = 49
	SetContext           = 50
	SetRecord            = 51
	Log                  = 64
	Metric               = 65
	Error                = 66
)

// enum tyk_level
const (
	Debug   = 0
	Info    = 1
	Warning = 2
	Severe  = 3
)

// enum tyk_metric
const (
	Counter = 0
	Gauge   = 1
	Timing  = 2
)

// enum tyk_service
const (
	StoreGet       = 1
	StoreSet       = 2
	StoreSetNew    = 3
	StoreDelete    = 4
	StoreIncrement = 5
	StoreExpire    = 6
	StoreTTL       = 7
	StoreKeys      = 8
	SessionGet     = 9
)

// enum tyk_control
const (
	Define = 1
	Forget = 2
)
