package rushproof;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What a Spring Boot application would do beside our service and consumer, with the official client and nothing else:
 * keys by StringSerializer, values by LongSerializer, group with earliest and commits after the work.
 */
public final class Neighbour {
    private Neighbour() {}

    public static void main(String[] args) throws Exception {
        switch (args.length > 0 ? args[0] : "") {
            case "produce" -> produce(args[1], args[2], List.of(args).subList(3, args.length));
            case "produce-range" -> produceRange(args[1], args[2], Long.parseLong(args[3]), Long.parseLong(args[4]));
            case "transact" -> transact(args[1], args[2], List.of(args).subList(3, args.length));
            case "consume" -> consume(args[1], args[2], args[3], Integer.parseInt(args[4]));
            case "offsets" -> offsets(args[1], args[2], args[3]);
            default -> {
                System.err.println("""
                        neighbour produce BROKERS TOPIC USER…            one record a user, waits for each
                        neighbour produce-range BROKERS TOPIC FIRST LAST the same, in batches
                        neighbour transact BROKERS TOPIC USER…           each in a transaction, every second one aborted
                        neighbour consume BROKERS TOPIC GROUP COUNT      prints "partition offset key user", commits
                        neighbour offsets BROKERS TOPIC GROUP            prints "topic partition committed end\"""");
                System.exit(3);
            }
        }
    }

    private static KafkaProducer<String, Long> producer(String brokers) {
        return producer(brokers, new Properties());
    }

    private static KafkaProducer<String, Long> producer(String brokers, Properties settings) {
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        settings.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, StringSerializer.class);
        settings.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, LongSerializer.class);
        return new KafkaProducer<>(settings);
    }

    private static void produce(String brokers, String topic, List<String> users) throws Exception {
        try (KafkaProducer<String, Long> producer = producer(brokers)) {
            for (String user : users) {
                RecordMetadata written =
                        producer.send(new ProducerRecord<>(topic, Long.parseLong(user))).get();
                System.out.println(written.partition() + " " + written.offset() + " " + user);
            }
        }
    }

    /** Prints "committed USER" or "aborted USER", or the exception's name. */
    private static void transact(String brokers, String topic, List<String> users) {
        Properties settings = new Properties();
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "neighbour");
        try (KafkaProducer<String, Long> producer = producer(brokers, settings)) {
            producer.initTransactions();
            boolean commit = true;
            for (String user : users) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic, Long.parseLong(user)));
                if (commit) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
                System.out.println((commit ? "committed " : "aborted ") + user);
                commit = !commit;
            }
        } catch (KafkaException failure) {
            System.out.println(failure.getClass().getSimpleName());
        }
    }

    private static void produceRange(String brokers, String topic, long first, long last) {
        try (KafkaProducer<String, Long> producer = producer(brokers)) {
            for (long user = first; user <= last; user++) {
                // Partitions in turn, so that each one has its share of the lag.
                producer.send(new ProducerRecord<>(topic, (int) (user % 3), null, user));
            }
        }
    }

    private static Properties consumerSettings(String brokers, String group) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, LongDeserializer.class);
        return settings;
    }

    /** Reads COUNT records, then a quiet second more: what comes too many is printed as well. */
    private static void consume(String brokers, String topic, String group, int count) {
        try (KafkaConsumer<String, Long> consumer = new KafkaConsumer<>(consumerSettings(brokers, group))) {
            consumer.subscribe(List.of(topic));
            int seen = 0;
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            long quiet = 0;
            while (seen < count ? System.nanoTime() < deadline : System.nanoTime() < quiet) {
                for (ConsumerRecord<String, Long> record : consumer.poll(Duration.ofMillis(100))) {
                    System.out.println(record.partition() + " " + record.offset() + " " + record.key() + " "
                            + record.value());
                    seen++;
                }
                if (seen >= count && quiet == 0) {
                    quiet = System.nanoTime() + Duration.ofSeconds(1).toNanos();
                }
            }
            consumer.commitSync();
        }
    }

    /** By the consumer's interface, which asks for the partitions by name: an Admin asks a group for all that it has. */
    private static void offsets(String brokers, String topic, String group) {
        try (KafkaConsumer<String, Long> consumer = new KafkaConsumer<>(consumerSettings(brokers, group))) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(partition -> new TopicPartition(topic, partition.partition()))
                    .sorted(Comparator.comparingInt(TopicPartition::partition))
                    .toList();
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.copyOf(partitions));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            for (TopicPartition partition : partitions) {
                OffsetAndMetadata place = committed.get(partition);
                System.out.println(topic + " " + partition.partition() + " "
                        + (place == null ? "-" : String.valueOf(place.offset())) + " " + ends.get(partition));
            }
        }
    }
}
