// Package config tells plugins the settings of the gateway.
package config

import (
	"encoding/json"
	"sync/atomic"

	"github.com/TykTechnologies/tyk/internal/host"
)

// Config has those settings of the gateway that plugins ask for. What the
// gateway does not tell is empty.
type Config struct {
	HashKeys                     bool                    `json:"hash_keys"`
	HashKeyFunction              string                  `json:"hash_key_function"`
	HashKeyFunctionFallback      []string                `json:"hash_key_function_fallback"`
	LogLevel                     string                  `json:"log_level"`
	NodeSecret                   string                  `json:"node_secret"`
	Secret                       string                  `json:"secret"`
	ListenAddress                string                  `json:"listen_address"`
	ListenPort                   int                     `json:"listen_port"`
	HostName                     string                  `json:"hostname"`
	AppPath                      string                  `json:"app_path"`
	MiddlewarePath               string                  `json:"middleware_path"`
	TemplatePath                 string                  `json:"template_path"`
	TykJSPath                    string                  `json:"tyk_js_path"`
	EnableAnalytics              bool                    `json:"enable_analytics"`
	HttpServerOptions            HttpServerOptionsConfig `json:"http_server_options"`
	Storage                      StorageOptionsConf      `json:"storage"`
	CacheStorage                 StorageOptionsConf      `json:"cache_storage"`
	AnalyticsStorage             StorageOptionsConf      `json:"analytics_storage"`
	EnableSeperateCacheStore     bool                    `json:"enable_separate_cache_store"`
	EnableSeperateAnalyticsStore bool                    `json:"enable_separate_analytics_store"`
	SlaveOptions                 SlaveOptionsConfig      `json:"slave_options"`
}

// HttpServerOptionsConfig has settings of the listener.
type HttpServerOptionsConfig struct {
	XFFDepth           int  `json:"xff_depth"`
	UseSSL             bool `json:"use_ssl"`
	ReadTimeout        int  `json:"read_timeout"`
	WriteTimeout       int  `json:"write_timeout"`
	EnableStrictRoutes bool `json:"enable_strict_routes"`
}

// StorageOptionsConf says where a store is.
type StorageOptionsConf struct {
	Type                  string            `json:"type"`
	Host                  string            `json:"host"`
	Port                  int               `json:"port"`
	Hosts                 map[string]string `json:"hosts"`
	Addrs                 []string          `json:"addrs"`
	MasterName            string            `json:"master_name"`
	SentinelPassword      string            `json:"sentinel_password"`
	Username              string            `json:"username"`
	Password              string            `json:"password"`
	Database              int               `json:"database"`
	MaxIdle               int               `json:"optimisation_max_idle"`
	MaxActive             int               `json:"optimisation_max_active"`
	Timeout               int               `json:"timeout"`
	EnableCluster         bool              `json:"enable_cluster"`
	UseSSL                bool              `json:"use_ssl"`
	SSLInsecureSkipVerify bool              `json:"ssl_insecure_skip_verify"`
	CAFile                string            `json:"ca_file"`
	CertFile              string            `json:"cert_file"`
	KeyFile               string            `json:"key_file"`
	TLSMinVersion         string            `json:"tls_min_version"`
	TLSMaxVersion         string            `json:"tls_max_version"`
}

// SlaveOptionsConfig has settings of a gateway that takes its data from another.
type SlaveOptionsConfig struct {
	UseRPC           bool   `json:"use_rpc"`
	RPCKey           string `json:"rpc_key"`
	APIKey           string `json:"api_key"`
	ConnectionString string `json:"connection_string"`
	GroupID          string `json:"group_id"`
}

var current atomic.Pointer[Config]

// Global returns the settings, as a copy. It is a variable as in Tyk, where
// tests of plugins set it.
var Global = func() Config {
	if settings := current.Load(); settings != nil {
		return *settings
	}
	return Config{}
}

func init() {
	host.OnOpen(func() {
		if settings, err := read(host.Config()); err == nil {
			current.Store(settings)
		} else {
			host.Log(3, "the settings of the gateway cannot be read: "+err.Error(), "")
		}
	})
}

func read(text []byte) (*Config, error) {
	var told struct {
		Settings struct {
			Config
			XFFDepth int `json:"xff_depth"`
		} `json:"settings"`
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &told); err != nil {
			return nil, err
		}
	}
	settings := &told.Settings.Config
	if told.Settings.XFFDepth != 0 {
		settings.HttpServerOptions.XFFDepth = told.Settings.XFFDepth
	}
	return settings, nil
}
