// A coupon shop of grpc-go. Coupons are lines of a file. What its messages are it learns from a descriptor set.
//
// shop right: taking one is looking and counting under one lock. shop races: it looks, asks somebody about the user,
// and counts then. shop broken: it has lost its store, and says so.
//
// It listens on SOCKET, or on PORT; with TLS there is a certificate of its own; with MEMBERS only who has logged in is let in.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log"
	"math/big"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

type shop struct {
	lock        sync.Mutex
	left, given int
	way         string
	file        *os.File
	service     protoreflect.ServiceDescriptor
}

func (s *shop) look() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.left > 0
}

// The place of the user among those who got one; 0: sold out.
func (s *shop) take(user int64) int {
	if s.way == "races" && !s.look() {
		return 0
	}
	if s.way == "races" {
		time.Sleep(2 * time.Millisecond)
	}
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.left <= 0 && s.way != "races" {
		return 0
	}
	s.left--
	s.given++
	fmt.Fprintln(s.file, user)
	return s.given
}

func field(message protoreflect.Message, name protoreflect.Name) protoreflect.FieldDescriptor {
	return message.Descriptor().Fields().ByName(name)
}

func token(user int64) string {
	return fmt.Sprintf("Bearer key-%d", user*7919)
}

func (s *shop) login(_ context.Context, asked, reply *dynamicpb.Message) error {
	user := asked.Get(field(asked, "user_id")).Int()
	if user <= 0 {
		return status.Error(codes.Unauthenticated, "who is that?")
	}
	reply.Set(field(reply, "token"), protoreflect.ValueOfString(token(user)))
	return nil
}

func (s *shop) apply(who context.Context, asked, reply *dynamicpb.Message) error {
	user := asked.Get(field(asked, "user_id")).Int()
	labels := asked.Get(field(asked, "labels")).Map()
	campaign := labels.Get(protoreflect.ValueOfString("campaign").MapKey())
	if user <= 0 || asked.Get(field(asked, "channel")).Enum() != 1 || campaign.String() != "spring" {
		return status.Error(codes.InvalidArgument, "who is that?")
	}
	said := metadata.ValueFromIncomingContext(who, "authorization")
	if os.Getenv("MEMBERS") != "" && (len(said) != 1 || said[0] != token(user)) {
		return status.Error(codes.Unauthenticated, "log in first")
	}
	if s.way == "broken" {
		return status.Error(codes.Unavailable, "no store")
	}
	rank := s.take(user)
	if rank == 0 {
		return status.Error(codes.FailedPrecondition, "sold out: 100% gone")
	}
	coupon := reply.Mutable(field(reply, "coupon")).Message()
	coupon.Set(field(coupon, "user_id"), protoreflect.ValueOfInt64(user))
	coupon.Set(field(coupon, "rank"), protoreflect.ValueOfInt32(int32(rank)))
	return nil
}

// A method by its name, carried out by `do`.
func (s *shop) method(name string, do func(context.Context, *dynamicpb.Message, *dynamicpb.Message) error) grpc.MethodDesc {
	method := s.service.Methods().ByName(protoreflect.Name(name))
	handle := func(_ any, who context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		asked, reply := dynamicpb.NewMessage(method.Input()), dynamicpb.NewMessage(method.Output())
		if err := decode(asked); err != nil {
			return nil, err
		}
		return reply, do(who, asked, reply)
	}
	return grpc.MethodDesc{MethodName: name, Handler: handle}
}

// Which methods and messages the descriptor set has.
func (s *shop) learn(path string) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(bytes, &set); err != nil {
		log.Fatal(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		log.Fatal(err)
	}
	found, err := files.FindDescriptorByName("shop.v1.Coupons")
	if err != nil {
		log.Fatal(err)
	}
	s.service = found.(protoreflect.ServiceDescriptor)
}

func certificate() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func listen() net.Listener {
	network, address := "tcp", "127.0.0.1:"+os.Getenv("PORT")
	if path := os.Getenv("SOCKET"); path != "" {
		network, address = "unix", path
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		log.Fatal(err)
	}
	log.Print("listens")
	return listener
}

func main() {
	file, err := os.Create(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(file, "user_id")
	limit := 100
	fmt.Sscan(os.Getenv("LIMIT"), &limit)
	s := &shop{left: limit, way: os.Args[1], file: file}
	s.learn(os.Args[3])
	var options []grpc.ServerOption
	if os.Getenv("TLS") != "" {
		settings := &tls.Config{Certificates: []tls.Certificate{certificate()}}
		options = append(options, grpc.Creds(credentials.NewTLS(settings)))
	}
	server := grpc.NewServer(options...)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "shop.v1.Coupons",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{s.method("Login", s.login), s.method("Apply", s.apply)},
	}, s)
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		<-told
		server.Stop() // which also removes a socket
	}()
	if err := server.Serve(listen()); err != nil {
		log.Fatal(err)
	}
}
