#include "load/load.h"

int load_open(const struct load_ops *ops, const struct load_settings *settings,
              struct load **ret_load, struct err *err)
{
    return ops->open(settings, ret_load, err);
}

int load_stage(struct load *load, unsigned index, struct load_phase_info *ret_info, struct err *err)
{
    return load->ops->stage(load, index, ret_info, err);
}

int load_release(struct load *load, ns_t at, struct err *err)
{
    return load->ops->release(load, at, err);
}

int load_settle(struct load *load, struct err *err)
{
    return load->ops->settle(load, err);
}

void load_close(struct load *load)
{
    load->ops->close(load);
}

void load_free(struct load *load)
{
    if (load)
        load->ops->free(load);
}

void load_answers(const struct load *load, struct answers *ret_answers)
{
    load->ops->answers(load, ret_answers);
}

void load_memory(const struct load *load, struct load_memory *ret_memory)
{
    load->ops->memory(load, ret_memory);
}

int load_decide(struct load *load, struct err *err)
{
    return load->ops->decide(load, err);
}

void load_decisions(const struct load *load, struct load_decisions *ret_decisions,
                    struct answers *ret_polled)
{
    load->ops->decisions(load, ret_decisions, ret_polled);
}

void load_acted(const struct load *load, struct answers *ret_answers)
{
    load->ops->acted(load, ret_answers);
}
