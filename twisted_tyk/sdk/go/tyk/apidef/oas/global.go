package oas

// CORS is how browsers may ask from other sites.
type CORS struct {
	Enabled            bool     `json:"enabled"`
	MaxAge             int      `json:"maxAge,omitempty"`
	AllowCredentials   bool     `json:"allowCredentials,omitempty"`
	ExposedHeaders     []string `json:"exposedHeaders,omitempty"`
	AllowedHeaders     []string `json:"allowedHeaders,omitempty"`
	OptionsPassthrough bool     `json:"optionsPassthrough,omitempty"`
	Debug              bool     `json:"debug,omitempty"`
	AllowedOrigins     []string `json:"allowedOrigins,omitempty"`
	AllowedMethods     []string `json:"allowedMethods,omitempty"`
}

// Cache keeps answers.
type Cache struct {
	Enabled                    bool     `json:"enabled"`
	Timeout                    int64    `json:"timeout,omitempty"`
	CacheAllSafeRequests       bool     `json:"cacheAllSafeRequests,omitempty"`
	CacheResponseCodes         []int    `json:"cacheResponseCodes,omitempty"`
	CacheByHeaders             []string `json:"cacheByHeaders,omitempty"`
	EnableUpstreamCacheControl bool     `json:"enableUpstreamCacheControl,omitempty"`
	ControlTTLHeaderName       string   `json:"controlTTLHeaderName,omitempty"`
}

// ContextVariables are $tyk_context variables.
type ContextVariables struct {
	Enabled bool `json:"enabled"`
}

// TrafficLogs are records of requests.
type TrafficLogs struct {
	Enabled               bool             `json:"enabled"`
	TagHeaders            []string         `json:"tagHeaders,omitempty"`
	CustomRetentionPeriod ReadableDuration `json:"customRetentionPeriod,omitempty"`
	Plugins               CustomPlugins    `json:"plugins,omitempty"`
}

// IgnoreCase takes paths in small and capital letters alike.
type IgnoreCase struct {
	Enabled bool `json:"enabled"`
}
