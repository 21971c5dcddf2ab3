package rushproof.junit;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.BaseStream;

/** What a test gives as its rows, as the JSON list that rushproof reads. */
final class Rows {
    /** Names are the same in capitals, as some databases write their columns. */
    private static final List<String> USERS = List.of("user_id", "userId", "user");
    private static final List<String> OTHERS = List.of("id", "item", "units", "order");

    private Rows() {
    }

    static String toJson(Object rows) {
        StringBuilder json = new StringBuilder("[");
        for (Object row : elements(rows)) {
            json.append(json.length() > 1 ? "," : "");
            element(row, json);
        }
        return json.append(']').toString();
    }

    private static Iterable<?> elements(Object rows) {
        if (rows instanceof Iterable<?> list) {
            return list;
        }
        if (rows instanceof BaseStream<?, ?> stream) {
            List<Object> list = new ArrayList<>();
            stream.iterator().forEachRemaining(list::add);
            return list;
        }
        if (rows != null && rows.getClass().isArray()) {
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < Array.getLength(rows); i++) {
                list.add(Array.get(rows, i));
            }
            return list;
        }
        throw new IllegalArgumentException("evidence gives a list, stream or array, and this is "
                + (rows == null ? "null" : rows.getClass().getName()));
    }

    private static void element(Object row, StringBuilder json) {
        if (isScalar(row)) {
            scalar(row, json);
        } else if (row instanceof Object[] columns) {
            columns(columns, json);
        } else {
            object(row, json);
        }
    }

    /** As queries of JPA give them: the user first, then the row's id. */
    private static void columns(Object[] columns, StringBuilder json) {
        String separator = "[";
        for (Object column : columns) {
            scalar(column, json.append(separator));
            separator = ",";
        }
        json.append(columns.length == 0 ? "[]" : "]");
    }

    private static void object(Object row, StringBuilder json) {
        Map<String, Object> members = members(row);
        String separator = "{";
        for (Map.Entry<String, Object> member : members.entrySet()) {
            json.append(separator);
            text(member.getKey(), json);
            scalar(member.getValue(), json.append(':'));
            separator = ",";
        }
        json.append('}');
    }

    private static boolean isScalar(Object value) {
        return value == null || value instanceof Number || value instanceof CharSequence || value instanceof UUID
                || value instanceof Enum<?>;
    }

    /** What rushproof looks for in a row, by its names. */
    private static Map<String, Object> members(Object row) {
        Map<String, Object> all = row instanceof Map<?, ?> map ? keys(map) : properties(row);
        String user = USERS.stream().filter(all::containsKey).findFirst().orElseThrow(() ->
                new IllegalArgumentException("nothing tells whose a row of " + row.getClass().getSimpleName()
                        + " is: it has " + all.keySet() + ", and none of " + USERS
                        + "; try evidence(rows, row -> its user)"));
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("user_id", all.get(user));
        OTHERS.stream().filter(all::containsKey).forEach(name -> members.put(name, all.get(name)));
        return members;
    }

    private static Map<String, Object> keys(Map<?, ?> map) {
        Map<String, Object> keys = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        map.forEach((key, value) -> {
            if (isScalar(value)) {
                keys.put(String.valueOf(key), value);
            }
        });
        return keys;
    }

    /** Values of getters, of a record's components and of public fields that are no objects themselves. */
    private static Map<String, Object> properties(Object row) {
        Map<String, Object> properties = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        Arrays.stream(row.getClass().getFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .forEach(field -> put(properties, field.getName(), () -> field.get(row)));
        Arrays.stream(row.getClass().getMethods())
                .filter(method -> method.getParameterCount() == 0 && method.getDeclaringClass() != Object.class)
                .forEach(method -> put(properties, propertyOf(row, method), () -> {
                    method.trySetAccessible(); // public, of a class that may not be
                    return method.invoke(row);
                }));
        return properties;
    }

    /** Getters of other names are not called: they may load half a database. */
    private static void put(Map<String, Object> properties, String name, Callable<?> read) {
        boolean wanted = USERS.contains(name) || OTHERS.contains(name);
        Object value = "";
        try {
            value = wanted ? read.call() : value;
        } catch (Exception error) {
            throw new IllegalStateException(name + " of a row cannot be read: "
                    + (error instanceof InvocationTargetException ? error.getCause() : error)
                    + "; try evidence(rows, row -> its user)", error);
        }
        if (!name.isEmpty() && isScalar(value)) {
            properties.put(name, value);
        }
    }

    private static String propertyOf(Object row, Method method) {
        String name = method.getName();
        boolean getter = name.startsWith("get") && name.length() > 3;
        if (getter) {
            return Character.toLowerCase(name.charAt(3)) + name.substring(4);
        }
        return row instanceof Record && !name.matches("toString|hashCode") ? name : "";
    }

    private static void scalar(Object value, StringBuilder json) {
        if (value == null || value instanceof Number) {
            json.append(value);
        } else {
            text(value.toString(), json);
        }
    }

    private static void text(String value, StringBuilder json) {
        json.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || Character.isSurrogate(c)) {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
