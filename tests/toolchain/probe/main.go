// Probe is what a test runs in a pod to learn what that pod sees: its name, the cluster's names, other pods.
package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const patience = 3 * time.Second

func main() {
	http.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		name, _ := os.Hostname()
		w.Write([]byte(name))
	})
	http.HandleFunc("GET /lookup", lookup)
	http.HandleFunc("GET /connect", connect)
	http.HandleFunc("POST /crash", func(http.ResponseWriter, *http.Request) { os.Exit(1) })

	server := &http.Server{Addr: ":8080"}
	go func() {
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		<-terminated
		time.Sleep(time.Second) // the services' proxy learns of our end a moment after we do
		server.Shutdown(context.Background())
		os.Exit(0)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		panic(err)
	}
	select {}
}

// lookup answers with the addresses of ?host=.
func lookup(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, r.URL.Query().Get("host"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	json.NewEncoder(w).Encode(addresses)
}

// connect answers 200 if a TCP connection to ?to=host:port opens in time, 502 with the reason if not.
func connect(w http.ResponseWriter, r *http.Request) {
	connection, err := net.DialTimeout("tcp", r.URL.Query().Get("to"), patience)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	connection.Close()
}
