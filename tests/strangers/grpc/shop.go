// A coupon shop of grpc-go. Coupons are lines of a file. What its messages are it learns from a descriptor set.
//
// shop right: taking one is looking and counting under one lock. shop races: it looks, asks somebody about the user,
// and counts then. shop broken: it has lost its store, and says so.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

type shop struct {
	lock          sync.Mutex
	left, given   int
	way           string
	file          *os.File
	input, output protoreflect.MessageDescriptor
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

func (s *shop) apply(asked *dynamicpb.Message) (*dynamicpb.Message, error) {
	user := asked.Get(field(asked, "user_id")).Int()
	labels := asked.Get(field(asked, "labels")).Map()
	campaign := labels.Get(protoreflect.ValueOfString("campaign").MapKey())
	if user <= 0 || asked.Get(field(asked, "channel")).Enum() != 1 || campaign.String() != "spring" {
		return nil, status.Error(codes.InvalidArgument, "who is that?")
	}
	if s.way == "broken" {
		return nil, status.Error(codes.Unavailable, "no store")
	}
	rank := s.take(user)
	if rank == 0 {
		return nil, status.Error(codes.FailedPrecondition, "sold out: 100% gone")
	}
	reply := dynamicpb.NewMessage(s.output)
	coupon := reply.Mutable(field(reply, "coupon")).Message()
	coupon.Set(field(coupon, "user_id"), protoreflect.ValueOfInt64(user))
	coupon.Set(field(coupon, "rank"), protoreflect.ValueOfInt32(int32(rank)))
	return reply, nil
}

func handle(s interface{}, _ context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
	asked := dynamicpb.NewMessage(s.(*shop).input)
	if err := decode(asked); err != nil {
		return nil, err
	}
	return s.(*shop).apply(asked)
}

// The messages of the one method that the descriptor set has.
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
	method := found.(protoreflect.ServiceDescriptor).Methods().ByName("Apply")
	s.input, s.output = method.Input(), method.Output()
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
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "shop.v1.Coupons",
		HandlerType: (*interface{})(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Apply", Handler: handle}},
	}, s)
	log.Fatal(server.Serve(listener))
}
