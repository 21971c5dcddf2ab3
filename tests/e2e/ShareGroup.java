// A member of a share group (KIP-932): each record's user becomes a row, then the record is acknowledged; no offset is
// ever committed. "loses" saves nine in ten.

import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;

public class ShareGroup {
    static final String GROUP = "group_1";

    static boolean isAssigned(Admin admin) throws Exception {
        try {
            return admin.describeShareGroups(List.of(GROUP)).all().get().get(GROUP).members().stream()
                .anyMatch(member -> !member.assignment().topicPartitions().isEmpty());
        } catch (ExecutionException notYet) {
            return false;
        }
    }

    public static void main(String[] how) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", System.getenv("KAFKA_BROKERS"));
        properties.put("group.id", GROUP);
        properties.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        properties.put("value.deserializer", "org.apache.kafka.common.serialization.LongDeserializer");
        try (Admin admin = Admin.create(properties);
             Connection database = DriverManager.getConnection(System.getenv("JDBC_URL"));
             KafkaShareConsumer<byte[], Long> consumer = new KafkaShareConsumer<>(properties)) {
            ConfigEntry earliest = new ConfigEntry("share.auto.offset.reset", "earliest");
            admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, GROUP),
                List.of(new AlterConfigOp(earliest, AlterConfigOp.OpType.SET)))).all().get();
            var statement = database.createStatement();
            statement.execute("CREATE TABLE IF NOT EXISTS coupon (id bigserial PRIMARY KEY, user_id bigint UNIQUE)");
            consumer.subscribe(List.of("coupon_create"));
            boolean told = false;
            for (long count = 1; ; ) {
                for (var record : consumer.poll(Duration.ofMillis(100)))
                    if (how.length == 0 || count++ % 10 != 0)
                        statement.execute("INSERT INTO coupon (user_id) VALUES (" + record.value() + ") ON CONFLICT DO NOTHING");
                consumer.commitSync();
                if (!told && isAssigned(admin)) {
                    System.out.println("assigned");
                    told = true;
                }
            }
        }
    }
}
