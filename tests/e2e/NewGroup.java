// A consumer of the newer group protocol (KIP-848), which an older client that asks for the group's members does not
// see: each record's user becomes a row, then its offset is committed.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;

public class NewGroup {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", System.getenv("KAFKA_BROKERS"));
        properties.put("group.id", "group_1");
        properties.put("group.protocol", "consumer");
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        properties.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        properties.put("value.deserializer", "org.apache.kafka.common.serialization.LongDeserializer");
        try (Connection database = DriverManager.getConnection(System.getenv("JDBC_URL"));
             KafkaConsumer<byte[], Long> consumer = new KafkaConsumer<>(properties)) {
            database.createStatement().execute(
                "CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint UNIQUE)");
            PreparedStatement save = database.prepareStatement(
                "INSERT INTO coupon (user_id) VALUES (?) ON CONFLICT DO NOTHING");
            consumer.subscribe(List.of("coupon_create"));
            while (true) {
                for (ConsumerRecord<byte[], Long> record : consumer.poll(Duration.ofMillis(100))) {
                    save.setLong(1, record.value());
                    save.executeUpdate();
                }
                consumer.commitSync();
                if (!consumer.assignment().isEmpty()) {
                    System.out.println("assigned");
                }
            }
        }
    }
}
